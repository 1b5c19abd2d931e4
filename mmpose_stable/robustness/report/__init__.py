"""Figures, tables and pages of robustness results."""

from mmpose_stable.robustness.report.runs import Run, align, load_run, load_runs
from mmpose_stable.robustness.report.table import format_comparison, format_results, write_csv
from mmpose_stable.robustness.report.write import write_pages, write_report

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
