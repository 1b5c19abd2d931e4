"""Figures, tables and pages of robustness results."""

from mmpose_stable.robustness.report.page import write_pages, write_report
from mmpose_stable.robustness.report.runs import Run, align, load_run, load_runs
from mmpose_stable.robustness.report.table import format_comparison, format_results, write_csv

__all__ = [
    'Run',
    'align',
    'format_comparison',
    'format_results',
    'load_run',
    'load_runs',
    'write_csv',
    'write_pages',
    'write_report',
]
