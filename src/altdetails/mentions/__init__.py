"""Read single mentions: tabs of details pages, posts in answers of the API, and exports of Altmetric Explorer.

This package opens no file, uses no network and reads no clock, like `page`: the same bytes give the same mentions. Its
modules are loaded when they are needed, because only some of them need the parser.
"""
