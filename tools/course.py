"""Makes the course from the lessons in examples/: their notebooks in docs/course/, executed, and its two tables.

The tables are examples/README.md and, in Chinese, examples/README.zh-CN.md.

It needs the extra "course".
"""

import argparse
import ast
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
from nbformat.v4 import new_markdown_cell

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = ROOT / "docs" / "course"
LESSONS = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))
NETWORKS = [path for path in LESSONS if 1 <= int(path.stem[:2]) <= 10]
TENSORFLOW = [path for path in LESSONS if path not in NETWORKS]
TIME_LIMIT_S = 120  # for a cell of a notebook

FIELDS = ("中文", "Question", "Claim of the notes", "Before you run it", "Found", "Asserted", "Minutes")
VERDICTS = ("true", "half true", "wrong")
IN_CHINESE = {"true": "对", "half true": "半对", "wrong": "错", "not measured": "未测量", "no claim": "只列主题"}


class Claim(NamedTuple):
    """A claim of the notes, and what a lesson found, each text on one line."""

    heading: str  # of the notes
    quotation: str  # with its translation
    verdict: str  # one of VERDICTS
    found: str  # begins with the verdict


class LessonText(NamedTuple):
    """What a lesson's docstring says, each text on one line, its command and output as lines."""

    title: str
    chinese: str  # a summary: the title, up to its first 。, what is asked, what was found, and the verdicts
    question: str
    claims: list[Claim]
    before: str
    command: str
    output: list[str]
    asserted: str
    minutes: str


def read_lesson(path):
    """The LessonText of a lesson's file. Raises ValueError, naming the file, if a part of its docstring is missing.

    A lesson with several claims numbers them, and what it found of each.
    """
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    shape = r"(?P<title>[^\n]+)\n中文：(?P<chinese>.+?)\n\n"
    shape += r"Question: (?P<question>.+?)\nClaims? of the notes:(?P<claims>.+?)\nBefore you run it: (?P<before>.+?)\n"
    shape += r"\n    \$ (?P<command>[^\n]+)\n(?P<output>.+?)\n\n"
    shape += r"Found:(?P<found>.+?)\nAsserted: (?P<asserted>.+?)\nMinutes: (?P<minutes>.+?)"
    found = re.fullmatch(shape, text or "", re.DOTALL)
    if not found:
        raise ValueError(
            f"{path.name}: the docstring needs a title, {', '.join(FIELDS)}, and a command with its output"
        )
    parts: dict[str, Any] = {name: " ".join(part.split()) for name, part in found.groupdict().items()}
    parts["chinese"] = _joined(found["chinese"])
    parts["output"] = [line.removeprefix("    ") for line in found["output"].splitlines()]
    parts["claims"] = _claims(path, found["claims"], found["found"])
    del parts["found"]
    return LessonText(**parts)


def _joined(text):
    """A Chinese text on one line. No space is left between Chinese characters, nor next to Chinese punctuation."""
    wide = r"[\u2018-\u201d\u3000-\u303f\uff00-\uffef]"
    text = re.sub(rf"(?<={wide})\n *|\n *(?={wide})", "", text)
    return " ".join(re.sub(r"(?<=[\u4e00-\u9fff])\n *(?=[\u4e00-\u9fff])", "", text).split())


def _claims(path, claims, found):
    """Each Claim, from the text that quotes them and the text that says what was found."""
    quoted, answers = map(_numbered, (claims, found))
    if len(quoted) != len(answers):
        raise ValueError(f"{path.name}: Found: got {len(answers)}; allowed: {len(quoted)}, one for each claim")
    return [_claim(path, *each) for each in zip(quoted, answers)]


def _numbered(text):
    """The texts after 1., 2. and so on at the beginning of a line, each on one line; without numbers, the whole."""
    parts = re.split(r"\n    \d+\. ", text)
    return [" ".join(part.split()) for part in (parts[1:] or parts)]


def _claim(path, quoted, found):
    heading, quote, quotation = quoted.partition('. "')
    if not quote:
        raise ValueError(
            f'{path.name}: Claim of the notes: got no quotation; allowed: HEADING. "QUOTATION" (translation)'
        )
    verdict = re.match(rf"({'|'.join(VERDICTS)})\b", found)
    if not verdict:
        begun = " ".join(found.split()[:3])
        raise ValueError(f"{path.name}: Found: got {begun} ...; allowed: it begins with {', '.join(VERDICTS)}")
    return Claim(heading, f'"{quotation}', verdict[0], found)


def notebook(path):
    """The notebook of a lesson, not executed: its docstring and the titles of its cells become Markdown."""
    lesson = read_lesson(path)
    script = jupytext.read(path)
    made = script.copy()
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made.cells = [new_markdown_cell(_opening(path, lesson))]
    for cell in script.cells:
        if title := cell.metadata.pop("title", None):
            made.cells.append(new_markdown_cell(f"### {title.rstrip('.')}"))
        made.cells.append(cell)
    made.cells[1].source = without_docstring(made.cells[1].source)
    made.cells.append(new_markdown_cell(_findings(lesson.claims)))
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number:02}"  # the same each time it is made
    return made


def _opening(path, lesson):
    return "\n\n".join(
        [
            f"# {int(path.stem[:2])}. {lesson.title}",
            f"**中文**：{lesson.chinese}",
            f"**Question:** {lesson.question}",
            *(f"**Claim of the notes** ({claim.heading}): {claim.quotation}" for claim in lesson.claims),
            f"**Before you run it:** {lesson.before}",
            f"*Made from `examples/{path.name}`. It needs this repository's package, `graphs`, in its environment.*",
        ]
    )


def _findings(claims):
    if len(claims) == 1:
        return f"**Found:** {claims[0].found}"
    return "**Found:**\n\n" + "\n".join(f"{number}. {claim.found}" for number, claim in enumerate(claims, start=1))


def without_docstring(source):
    """The source of a lesson's first cell, from its imports on."""
    docstring = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[docstring.end_lineno :]).strip()


def execute(made):
    """Run a notebook from top to bottom, as a reader in the project's folder would. Raises CellExecutionError."""
    from nbclient import NotebookClient

    NotebookClient(made, timeout=TIME_LIMIT_S, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # its times would differ each time


# The headings of the notes, in their order.
HEADINGS = (
    *("深度学习框架", "学习点", "模拟生物的神经元信号传递规则", "一个神经元就是一个决策小单元"),
    *("神经网络由输入层、隐藏层、输出层组成", "使用 numpy 模拟前向传播", "常见激活函数", "激活函数的特点"),
    *("从 0 编写一个神经网络", "损失函数（Loss Function）", "反向传播", "优化方法", "前馈神经网络的训练过程"),
    *("TensorFlow 中的计算图与会话管理", "什么是张量", "tf.function：自动构建计算图", "即时执行（Eager Execution）"),
    "与图的协作",
)
# The rows of those that no lesson quotes.
UNQUOTED: dict[str, tuple[str, str, str, str]] = {
    "深度学习框架": (
        '"Tensorflow 适合生产环境，大规模部署；PyTorch 快速实验，学术研究。" (TensorFlow suits production and large'
        " deployments; PyTorch suits quick experiments and research.)",
        "[benchmarks](../docs/benchmarks.md)",
        "not measured",
        "What suits a purpose is a judgement. The benchmarks measure how fast frameworks train this network.",
    ),
    "学习点": (
        "A list of topics: the structure of networks, activations, losses, backpropagation, gradient descent,"
        " optimizers; a network in NumPy and one in TensorFlow.",
        "01 to 10; 00 and 11 to 27",
        "no claim",
        "The first ten take the topics in this order; the others are about TensorFlow.",
    ),
}
# Claim and lesson of the same rows, in Chinese.
UNQUOTED_IN_CHINESE = {
    "深度学习框架": (
        "Tensorflow 适合生产环境，大规模部署；PyTorch 快速实验，学术研究。",
        "[各框架的耗时](../docs/benchmarks.md)",
    ),
    "学习点": (
        "神经网络结构、激活函数、损失函数、反向传播、梯度下降、优化方法；用 numpy 和 Tensorflow 搭建神经网络",
        "01 至 10；00 和 11 至 27",
    ),
}


def table():
    """examples/README.md: a row for each lesson, and one for each claim of the notes."""
    lessons = {path: read_lesson(path) for path in LESSONS}
    parts = [OPENING]
    for opening, paths in ((ON_NETWORKS, NETWORKS), (ON_TENSORFLOW, TENSORFLOW)):
        parts += [opening, LESSONS_HEADER, *(_lesson_row(path, lessons[path]) for path in paths)]
    return "\n".join([*parts, CLAIMS_OPENING, *_claim_rows(lessons)]) + "\n"


def _lesson_row(path, lesson):
    title = f"[{lesson.title}](../docs/course/{path.stem}.ipynb)"
    return f"| [{path.stem[:2]}]({path.name}) | {title} | {lesson.question} | {lesson.minutes} | {lesson.asserted} |"


def chinese_table():
    """examples/README.zh-CN.md: a row for each lesson, with its summary, and one for each claim, with its verdict."""
    lessons = {path: read_lesson(path) for path in LESSONS}
    parts = [CHINESE_OPENING]
    for opening, paths in ((NETWORKS_IN_CHINESE, NETWORKS), (TENSORFLOW_IN_CHINESE, TENSORFLOW)):
        parts += [opening, CHINESE_HEADER, *(_chinese_lesson_row(path, lessons[path]) for path in paths)]
    return "\n".join([*parts, CHINESE_CLAIMS, *_chinese_claim_rows(lessons)]) + "\n"


def _chinese_lesson_row(path, lesson):
    title, _, summary = lesson.chinese.partition("。")
    notebook_link = f"[{title}](../docs/course/{path.stem}.ipynb)"
    return f"| [{path.stem[:2]}]({path.name}) | {notebook_link} | {summary} | {lesson.minutes} |"


def _claim_rows(lessons):
    for heading, claims in _of_headings(lessons).items():
        for path, claim in claims:
            found = claim.found.removeprefix(f"{claim.verdict}. ")
            row = claim.heading, claim.quotation, f"[{path.stem[:2]}]({path.name})", claim.verdict, found
            yield f"| {' | '.join(row)} |"
        if not claims:
            yield f"| {' | '.join((heading, *UNQUOTED[heading]))} |"


def _chinese_claim_rows(lessons):
    for heading, claims in _of_headings(lessons).items():
        for path, claim in claims:
            link = f"[{path.stem[:2]}]({path.name})"
            if len(of_lesson := lessons[path].claims) > 1:
                link += f"，第 {of_lesson.index(claim) + 1} 条"
            yield f"| {claim.heading} | {_original(claim.quotation)} | {link} | {IN_CHINESE[claim.verdict]} |"
        if not claims:
            *_, verdict, _ = UNQUOTED[heading]
            yield f"| {' | '.join((heading, *UNQUOTED_IN_CHINESE[heading], IN_CHINESE[verdict]))} |"


def _original(quotation):
    """The quotation without its translation, each of its passages on a line."""
    passages = re.match(r'(?:"[^"]*"\s*)+', quotation)
    return "<br>".join(re.findall(r'"([^"]*)"', passages[0] if passages else ""))


def _of_headings(lessons):
    """{heading: [(path, Claim), ...]} in the order of the notes. Raises ValueError for a heading that they lack."""
    of_heading: dict[str, list] = {heading: [] for heading in HEADINGS}
    for path, lesson in lessons.items():
        for claim in lesson.claims:
            heading, *_ = claim.heading.split(" / ")
            if heading not in HEADINGS:
                raise ValueError(f"{path.name}: heading: got {heading}; allowed: {', '.join(HEADINGS)}")
            of_heading[heading].append((path, claim))
    return of_heading


OPENING = """# The course at a glance

[中文](README.zh-CN.md)

Each lesson is a script to read from top to bottom; the code is the lesson. Its docstring asks for a prediction before
you run it, and shows what it prints. The number opens the script, the title its notebook. "The notes" are an
introduction to neural networks and TensorFlow in Chinese: each lesson quotes what they claim, measures it, and says
whether it is true ([below](#the-notes-claim-by-claim)). Every lesson takes `--help`, `--logdir`, `--seed` and `--quiz`;
the last asks for your predictions and counts the right ones.

What goes wrong, why, and what is right is in [pitfalls/](pitfalls), a file each; look for your symptom in
[docs/migration.md](../docs/migration.md#find-your-symptom).
"""

ON_NETWORKS = """## Neural networks from the ground

Begin here if you have never seen one. The words that you will meet: a *neuron*, or *unit*, adds up its weighted inputs
and a *bias*, and passes the sum through an *activation function*. A *layer* is a row of neurons with the same inputs;
the layers between inputs and outputs are *hidden*, and a *logit* is an output before its activation function. Weights
and biases are the *parameters*. A *loss* says how far the outputs are from their *targets*. The *gradient* says how
the loss changes with each parameter. To *train* is to change the parameters, step by step, so that the loss falls; a
*batch* is the examples of one step, an *epoch* a pass through all of them. A *seed* makes random numbers the same in
each run.
"""

ON_TENSORFLOW = """
## How TensorFlow executes them
"""

LESSONS_HEADER = """| | lesson | question | minutes | what it asserts |
|---|---|---|---|---|"""

CLAIMS_OPENING = """
## The notes, claim by claim

In the order of the notes. This table gives the answers away. Each lesson measures what stands in its row; run it to see
the figures of your machine.

| heading of the notes | claim | lesson | verdict | what was found |
|---|---|---|---|---|"""

# A paragraph is one line: between Chinese characters the end of a line would become a space.
CHINESE_OPENING = (
    "# 课程总览\n\n"
    "[English](README.md)\n\n"
    "每一课都是一个脚本，从头读到尾，代码就是课文。脚本开头的说明有一段中文摘要，其余是英文：先请你预测结果，再列出脚本打印的内容。"
    "点编号打开脚本，点标题打开 notebook。“笔记”是一份神经网络与 TensorFlow 的中文入门材料：每一课引用其中的说法，"
    "动手测量，再判定对错（[见下文](#逐条核对笔记)）。每一课都接受 `--help`、`--logdir`、`--seed` 和 `--quiz`；"
    "加上 `--quiz`，脚本会先问你的预测，最后数出猜对几题。\n\n"
    "哪里容易出错、为什么、怎样才对，都在 [pitfalls/](pitfalls) 里，一个文件讲一处；"
    "在 [docs/migration.md](../docs/migration.md#find-your-symptom) 里按症状查找。\n"
)

NETWORKS_IN_CHINESE = (
    "## 从零开始的神经网络\n\n"
    "没见过神经网络的读者从这里开始。先认识几个词：*神经元*，也叫*单元*，把输入加权求和，再加*偏置*，和数经过*激活函数*传下去。"
    "一*层*是一排输入相同的神经元；输入与输出之间的层是*隐藏层*；*logit* 是激活函数之前的输出。权重和偏置合称*参数*。"
    "*损失*衡量输出离*目标值*有多远，*梯度*说明损失随每个参数怎样变化。*训练*就是一步步调整参数，让损失下降；"
    "一步所用的样本是一*批*，把全部样本用过一遍是一*轮*。*种子*让随机数每次运行都相同。\n"
)

TENSORFLOW_IN_CHINESE = "\n## TensorFlow 怎样执行神经网络\n"

CHINESE_HEADER = "| | 课 | 问题、结论与判定 | 分钟 |\n|---|---|---|---|"

CHINESE_CLAIMS = (
    "\n## 逐条核对笔记\n\n"
    "按笔记的顺序排列。这张表给出了答案。每条说法都在同一行所列的课里测量，“第几条”与上表的判定对应；运行那一课，就能看到你的机器上的数字。"
    "引文保持原样，错字不改：“阔值”应为“阈值”，“预测结构”应为“预测结果”，“显示构建”应为“显式构建”。\n\n"
    "| 笔记的标题 | 笔记的说法 | 课 | 判定 |\n"
    "|---|---|---|---|"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    known = [path.stem[:2] for path in LESSONS]
    parser.add_argument("numbers", nargs="*", metavar="NN", help="Lessons, such as 13; all if none is named.")
    parser.add_argument("--table", action="store_true", help="Write the two tables in examples/ alone.")
    options = parser.parse_args()
    if unknown := set(options.numbers) - set(known):
        sys.exit(f"lesson: got {', '.join(sorted(unknown))}; allowed: {', '.join(known)}")
    tables = {"README.md": table(), "README.zh-CN.md": chinese_table()}
    made = {}
    if not options.table:
        for path in LESSONS:
            if not options.numbers or path.stem[:2] in options.numbers:
                print(f"{path.stem}", flush=True)
                made[path] = notebook(path)
                execute(made[path])
    # Written only now, so that a lesson that fails leaves everything as it was.
    NOTEBOOKS.mkdir(parents=True, exist_ok=True)
    for path, executed in made.items():
        jupytext.write(executed, NOTEBOOKS / f"{path.stem}.ipynb")
    for name, text in tables.items():
        (EXAMPLES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
