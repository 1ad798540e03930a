"""The text of an element is read as a browser lays it out."""

from tests.support.cases import for_each

from altdetails.page import tree
from altdetails.page.flow import collapse, lines


def body(html):
    return next(tree.build(f"<html><body>{html}</body></html>".encode()).iter("body"))


@for_each(
    ("html", "expected"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("  \n ", []),
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("one<br>two<br/>three", ["one", "two", "three"]),
        ("a<i>b</i>c <b>d</b>", ["abc d"]),
        ("<div>one<div>two</div>three</div>", ["one", "two", "three"]),
        ("<div><div><div>one</div></div></div>", ["one"]),
        ("<p>broken\n   over\tlines</p>", ["broken over lines"]),
        ("<p>no&nbsp;break</p>", ["no break"]),
        ("<ul><li>one<li>two</ul>", ["one", "two"]),
        ("<dl><dt>news<dd>1 news outlet</dl>", ["news", "1 news outlet"]),
        ("<h2>Head</h2>text", ["Head", "text"]),
        ("<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>", ["a\t1", "b\t2"]),
        ("<table><tr><th>Country<th>Count</table>", ["Country\tCount"]),
        ("<table><tr><td><p>one</p><p>two</p></td><td>x</td></tr></table>", ["one", "two", "x"]),
        ("<table><tr><td></td><td>x</td></tr></table>", ["x"]),
        ("<p>text<!-- a note -->ual</p>", ["textual"]),
        ("<p>a<script>var a = 1;</script>b</p>", ["ab"]),
        ("<p>a</p><style>p{}</style><p>b</p>", ["a", "b"]),
        ("one<nav>two</nav>three", ["one", "three"]),
        ("one<footer>two</footer><template>three</template>four", ["one", "four"]),
        ("<select><option>one</option></select>two", ["two"]),
        ("one<custom-tag>two</custom-tag>", ["onetwo"]),
        ("<section>one</section><article>two</article>", ["one", "two"]),
    ],
)
def test_the_text_of_an_element_is_split_into_lines(html, expected):
    assert lines(body(html)) == expected


@for_each(
    ("html", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("  a \n <b> b</b>\tc ", "a b c"),
        ("CO<sub>2</sub>", "CO2"),
        ("a&nbsp;&nbsp;b", "a b"),
        ("a\u2003b", "a b"),
        ("a<!-- note -->b", "ab"),
        ("<strong>5</strong> policy sources", "5 policy sources"),
    ],
)
def test_text_is_collapsed_to_one_line(html, expected):
    assert collapse(body(html)) == expected


def test_deep_nesting_does_not_exceed_the_recursion_limit():
    assert lines(body("<i>" * 200 + "x" + "</i>" * 200)) == ["x"]
