"""Turns a folder of vocabulary facts into the tables of `src/keepsight/detect/data/`.

    python tools/build_vocabulary.py SOURCE_FOLDER [TARGET_FOLDER]

SOURCE_FOLDER holds two JSON files:
  vocab.json   {model: {"version", "names": [in class order], "categories": {category: [names]}}}
  lookup.json  {model: {"singular" | "plural" | "synonym" | "plural_synonym": {key: [name or "@category"]}}}

One table per model comes out, one fact per line, fields separated by tabs:
  name      <name>                     in the order of the model's class index
  category  <category>  <name> ...
  singular | plural | synonym | plural_synonym  <key>  <name or @category> ...

A key is a word squashed to [a-z0-9]. A singular line that only says that a name means itself is left out.
The same source always gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLES = Path(__file__).resolve().parent.parent / "src" / "keepsight" / "detect" / "data"
KINDS = ("singular", "plural", "synonym", "plural_synonym")
SOURCES = {
    "coco": "COCO class names and supercategories (CC BY 4.0); spellings of the PASCAL VOC classes",
    "lvis": "LVIS v1 class names and synonyms (CC BY 4.0); categories from WordNet 3.0 hypernyms",
    "openimages": "Open Images V7 boxable classes and their hierarchy (CC BY 4.0)",
    "cld-fashion": "own list, after the category names of Fashionpedia (CC BY 4.0)",
    "human-anatomy": "own list, after the human parts of Open Images and the COCO key points (CC BY 4.0)",
    "cld-text": "own list",
}


def table_lines(model: str, facts: dict[str, Any], keys: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    """Every line of one model's table, without line ends."""
    yield f"# {model} v{facts['version']}: {SOURCES[model]}. Made by tools/build_vocabulary.py."
    for name in facts["names"]:
        yield f"name\t{name}"
    for category, members in sorted(facts["categories"].items()):
        itself = {category}.intersection(facts["names"]).difference(members)  # a toy that is just called toy
        yield "\t".join(("category", category, *itself, *members))
    implied = {(re.sub(r"[^a-z0-9]", "", name.lower()), (name,)) for name in facts["names"]}
    for kind in KINDS:
        for key, targets in sorted(keys[kind].items()):
            if kind != "singular" or (key, tuple(targets)) not in implied:
                yield "\t".join((kind, key, *targets))


def build(source: Path, target: Path) -> tuple[Path, ...]:
    """Write one table per known model of `source` into `target`; returns the files written."""
    vocabularies = json.loads((source / "vocab.json").read_text(encoding="utf-8"))
    lookup = json.loads((source / "lookup.json").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for model in SOURCES:
        path = target / f"{model}.tsv"
        lines = table_lines(model, vocabularies[model], lookup[model])
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    for table in build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else TABLES):
        sys.stdout.write(f"{table}\n")
