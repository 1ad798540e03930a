"""Altmetric details pages, turned into structured records.

>>> from pathlib import Path
>>> from altdetails import parse
>>> record = parse(Path("samples/article-2023.html").read_bytes())
>>> record.score, record.doi
"""
