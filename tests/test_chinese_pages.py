"""The pages and summaries in Chinese say what the English ones say: the same commands, figures, links and verdicts."""

import ast
import re
from collections import Counter
from pathlib import Path

import course
import pytest

ROOT = Path(__file__).parents[1]
PAGES = [(folder / "README.md", folder / "README.zh-CN.md") for folder in (ROOT, ROOT / "examples")]
ENGLISH, CHINESE = (page.read_text(encoding="utf-8") for page in PAGES[0])
LESSONS, CHINESE_LESSONS = (page.read_text(encoding="utf-8") for page in PAGES[1])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IDS = [path.stem for path in course.LESSONS]
HAN = "\u4e00-\u9fff"


def prose(text):
    return FENCE.sub("", text)


def inline_code(text):
    return re.findall(r"`([^`\n]+)`", prose(text))


def links(text):
    """Where a page's links lead, but for those to its own sections and to itself in the other language."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(text))
    return [each for each in targets if each not in ("README.md", "README.zh-CN.md") and not each.startswith("#")]


def figures(text):
    """Each number of a text: with its sign, its thousands and its exponent."""
    return re.findall(r"(?:(?<!\w)-)?\d+(?:,\d{3})*(?:\.\d+)*(?:e[-+]?\d+)?", text)


def badly_set(text):
    """Where a Chinese text lacks a space next to Latin letters and figures, or has punctuation of half the width."""
    text = re.sub(r"`[^`]*`", "x", text).replace("**", "")
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    faults = [
        rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]",
        rf"[{HAN}] ?[,;:?!(]|[,;:?!] ?[{HAN}]|\([{HAN}]|[{HAN}]\)|\)[{HAN}]",
        rf"[，。；：？！、（）“”] | [，。；：？！、（）“”]|[{HAN}] [{HAN}]",
    ]
    return re.findall(f".{{0,9}}(?:{'|'.join(faults)}).{{0,9}}", text)


def verdicts(claims):
    """The end of a summary, made from the verdicts of the lesson's claims."""
    found = [course.IN_CHINESE[claim.verdict] for claim in claims]
    if len(found) == 1:
        return f"判定：{found[0]}。"
    numbers = {each: "、".join(str(n) for n, one in enumerate(found, start=1) if one == each) for each in found}
    both = "都" if len(numbers) == 1 else ""
    groups = [f"第 {numbers[each]} 条{both}{each}" for each in ("对", "半对", "错") if each in numbers]
    return f"判定：{'，'.join(groups)}。"


def test_the_code_blocks_of_the_readme_are_the_same():
    assert FENCE.findall(CHINESE) == FENCE.findall(ENGLISH)


def test_the_readme_has_the_same_structure():
    assert re.findall(r"^#+", prose(CHINESE), re.MULTILINE) == re.findall(r"^#+", prose(ENGLISH), re.MULTILINE)
    assert CHINESE.count("\n| ") == ENGLISH.count("\n| ")


def test_the_readme_names_the_same_commands_and_files():
    assert Counter(inline_code(CHINESE)) == Counter(inline_code(ENGLISH))


def test_the_links_of_the_readme_are_the_same():
    assert sorted(links(CHINESE)) == sorted(
        each.replace("examples/README.md", "examples/README.zh-CN.md") for each in links(ENGLISH)
    )


def test_the_figures_of_the_readme_are_the_same():
    assert Counter(figures(prose(CHINESE))) == Counter(figures(prose(ENGLISH)))


@pytest.mark.parametrize(("page", "chinese"), PAGES, ids=["README", "examples/README"])
def test_each_page_leads_to_the_other_language_at_its_top(page, chinese):
    for each, other in [(page, chinese), (chinese, page)]:
        top = each.read_text(encoding="utf-8").splitlines()[:6]
        assert f"]({other.name})" in "".join(top)


@pytest.mark.parametrize("path", course.LESSONS, ids=IDS)
def test_a_summary_has_the_figures_and_verdicts_of_its_lesson(path):
    lesson = course.read_lesson(path)
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    before, summary, english = re.split(r"^中文：(.+?)\n\n", docstring, maxsplit=1, flags=re.MULTILINE | re.DOTALL)
    assert lesson.chinese.replace(" ", "") == re.sub(r"\s", "", summary)
    assert set(figures(lesson.chinese)) <= set(figures(before + english))
    assert lesson.chinese.endswith(verdicts(lesson.claims))
    assert "？" in lesson.chinese


def test_the_verdicts_at_the_end_of_a_summary():
    true, half, wrong = (course.Claim("", "", verdict, "") for verdict in course.VERDICTS)
    assert verdicts([half]) == "判定：半对。"
    assert verdicts([true, true]) == "判定：第 1、2 条都对。"
    assert verdicts([wrong, true, half, true]) == "判定：第 2、4 条对，第 3 条半对，第 1 条错。"


def test_the_lessons_in_chinese_are_made_from_the_lessons():
    assert course.chinese_table() == CHINESE_LESSONS, "run tools/course.py --table"


def test_the_lessons_in_chinese_have_the_same_numbers_and_links():
    assert links(CHINESE_LESSONS) == links(LESSONS)
    numbered = r"\[(\d\d)\]\((\d\d)_"
    assert re.findall(numbered, CHINESE_LESSONS) == re.findall(numbered, LESSONS)
    assert all(text == number for text, number in re.findall(numbered, LESSONS))


def rows(page, part):
    """The cells of each row in one of the tables of a page that lists the lessons: of networks, TensorFlow, claims."""
    lines = re.split("^## ", page, flags=re.MULTILINE)[part].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")][1:]


def test_the_lessons_in_chinese_have_the_same_minutes_headings_and_verdicts():
    for part in (1, 2):
        english, chinese = rows(LESSONS, part), rows(CHINESE_LESSONS, part)
        assert [row[3] for row in chinese] == [row[3] for row in english]
        assert all(len(row) == 4 and all(row) for row in chinese)
    english, chinese = rows(LESSONS, 3), rows(CHINESE_LESSONS, 3)
    assert [(row[0], row[3]) for row in chinese] == [(row[0], course.IN_CHINESE[row[3]]) for row in english]
    assert all(len(row) == 4 and all(row) for row in chinese)


def test_a_quotation_stands_without_its_translation():
    for row, chinese in zip(rows(LESSONS, 3), rows(CHINESE_LESSONS, 3), strict=True):
        if row[0] == "学习点":  # a list, not a quotation
            assert figures(chinese[2]) == figures(row[2])
        else:
            passages = chinese[1].split("<br>")
            quoted, _, translation = row[1].partition('" (')
            assert quoted == '"' + '" "'.join(passages)
            assert translation.endswith(")")
    assert not re.search(r"(?:\b[A-Za-z]{2,},? ){4}", CHINESE_LESSONS)


def test_a_line_of_a_summary_ends_with_a_space_only_between_latin_words(tmp_path):
    made_up = tmp_path / "98_made_up.py"
    text = (course.EXAMPLES / "00_graph_and_session.py").read_text(encoding="utf-8")
    summary = "中文：图\n    和会话，\n    tf.function\n    与 XLA\n    JIT（\n    CPU\n    ）。\n\n"
    made_up.write_text(re.sub(r"中文：.+?\n\n", summary, text, count=1, flags=re.DOTALL), encoding="utf-8")
    assert course.read_lesson(made_up).chinese == "图和会话，tf.function 与 XLA JIT（CPU）。"
    made_up.write_text(text.replace("中文：", ""), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^98_made_up.py: the docstring needs a title, 中文, "):
        course.read_lesson(made_up)


@pytest.mark.parametrize("path", course.LESSONS, ids=IDS)
def test_a_summary_is_set_as_chinese_is(path):
    assert badly_set(course.read_lesson(path).chinese) == []


@pytest.mark.parametrize(
    "text", [prose(CHINESE), course.CHINESE_OPENING, course.NETWORKS_IN_CHINESE, course.CHINESE_CLAIMS]
)
def test_a_page_is_set_as_chinese_is(text):
    assert [fault for line in text.splitlines() for fault in badly_set(line.strip("#| "))] == []


def test_what_is_badly_set_is_seen():
    for text in ["图graph", "graph图", "图, 会话", "图(graph)", "图， 会话", "图 ，会话", "图 会话", "`x`图", "16个"]:
        assert badly_set(text), text
    assert badly_set("图 graph，会话（session）有 `x` 和 16 个，**图**与[会话](a.md)") == []
