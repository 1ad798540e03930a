"""Answers of Altmetric's Details Page API, and rows of Altmetric Explorer's exports, into Records.

This package opens no file, uses no network and reads no clock. `decoding` says what content is, `mapping` makes the
record of an answer, `explorer` that of a row of an export.
"""
