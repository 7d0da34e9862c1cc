"""Charts drawn by the server: SVG without script or inline style, each with a title, a sentence and its table.

    chart = bar_chart("minutes", _("Minutes a day"), [Point(day_name, 12, short="21 Nov"), …])
    {{ chart }}   in any template, of the site or of the admin; the page needs css/chart.css

`line_chart` (one to three series), `bar_chart` (amounts by day), `histogram` (amounts by class), `funnel` (how many
came how far), `sparkline` (a line in a row of a table). A `summary` that is not given is `sum_up`, right for amounts;
for a level that goes up and down give `tell_change`. Ids are unique on a page. What is not over yet
(`Point.is_partial`) is hatched, None is a gap, and time runs in the direction of reading.
"""

from lms.lib.charts.bars import bar_chart, histogram
from lms.lib.charts.base import Chart, Point, Series, sum_up, tell_change
from lms.lib.charts.funnel import Stage, funnel
from lms.lib.charts.lines import line_chart, sparkline

__all__ = [
    "Chart",
    "Point",
    "Series",
    "Stage",
    "bar_chart",
    "funnel",
    "histogram",
    "line_chart",
    "sparkline",
    "sum_up",
    "tell_change",
]
