"""A page's content as parts that can be compared and taken over one by one.

A part is a field ("summary") or one block of a stream field ("modules:<block id>"). Own versions keep the block
ids of their original, so a module is the same module in both until one of them removes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import models
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock

from cms.models import SharedPage

Raw = dict[str, Any]


def raw_of(page: SharedPage) -> Raw:
    """What `page` (specific class) says in the fields that others can take over, as plain JSON data."""
    raw: Raw = {}
    for name in page.adopted_fields:
        if _is_stream(page, name):
            value = getattr(page, name)
            raw[name] = value.stream_block.get_prep_value(value)
        else:
            raw[name] = getattr(page, name)
    return raw


def keys_of(page: SharedPage, *raws: Raw) -> list[str]:
    """The keys of all parts in any of `raws`, in reading order of the first that has them."""
    keys: list[str] = []
    for name in page.adopted_fields:
        if not _is_stream(page, name):
            keys.append(name)
            continue
        for raw in raws:
            for block in raw.get(name, []):
                key = f"{name}:{block['id']}"
                if key not in keys:
                    keys.append(key)
    return keys


def value_of(raw: Raw, key: str) -> Any:
    """A part's value; None for a block that is not there."""
    name, colon, block_id = key.partition(":")
    if not colon:
        return raw.get(name)
    return next((block for block in raw.get(name, []) if block["id"] == block_id), None)


def says_the_same(one: Any, other: Any) -> bool:
    return (one or "") == (other or "")


def text_of(page: SharedPage, key: str, value: Any) -> str:
    """A part as plain text, one line a paragraph: what is shown when two versions stand side by side."""
    if value is None or value == "":
        return ""
    name, colon, _block_id = key.partition(":")
    if not colon:
        return _plain_field(page, name, value)
    stream_block = page._meta.get_field(name).stream_block
    child = stream_block.child_blocks.get(value["type"])
    if child is None:
        return ""
    return "\n".join(_texts(child, value["value"]))


def with_part(page: SharedPage, raw: Raw, theirs: Raw, key: str) -> Raw:
    """`raw` with the part `key` as it is in `theirs`: replaced, added behind its neighbour there, or taken away."""
    name, colon, _block_id = key.partition(":")
    if not colon:
        return {**raw, name: theirs.get(name)}
    blocks_now = list(raw.get(name, []))
    new = value_of(theirs, key)
    place = next((number for number, block in enumerate(blocks_now) if f"{name}:{block['id']}" == key), None)
    if new is None:
        return {**raw, name: [block for block in blocks_now if f"{name}:{block['id']}" != key]}
    if place is not None:
        blocks_now[place] = new
    else:
        blocks_now.insert(_place_for(blocks_now, theirs.get(name, []), new["id"]), new)
    return {**raw, name: blocks_now}


def write(page: SharedPage, raw: Raw) -> None:
    """Set the fields of `page` to what `raw` says; nothing is saved."""
    for name in page.adopted_fields:
        if name not in raw:
            continue
        if _is_stream(page, name):
            stream_block = page._meta.get_field(name).stream_block
            setattr(page, name, blocks.StreamValue(stream_block, raw[name], is_lazy=True))
        else:
            setattr(page, name, raw[name])


def files_in(page: SharedPage, raw: Raw, replace) -> Raw:
    """`raw` with the id of every picture and document in its streams put through `replace(model, id)`."""
    result = dict(raw)
    for name in page.adopted_fields:
        if _is_stream(page, name):
            child_blocks = page._meta.get_field(name).stream_block.child_blocks
            result[name] = [
                {**block, "value": _replaced(child_blocks[block["type"]], block["value"], replace)}
                for block in raw.get(name, [])
                if block["type"] in child_blocks
            ]
    return result


def marked(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Two texts as pieces (text, differs), word by word, for showing side by side what is another."""
    one, other = _words(before), _words(after)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for operation, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        differs = operation != "equal"
        if i2 > i1:
            left.append(("".join(one[i1:i2]), differs))
        if j2 > j1:
            right.append(("".join(other[j1:j2]), differs))
    return left, right


@dataclass(frozen=True)
class Difference:
    """One part that says something else in the original than it did when it was taken over."""

    key: str
    label: str
    theirs: list[tuple[str, bool]]
    ours: list[tuple[str, bool]]
    is_new: bool
    is_removed: bool
    changed_by_us: bool


def differences(page: SharedPage, *, base: Raw, theirs: Raw, ours: Raw) -> list[Difference]:
    """What the original changed since `base`, part by part, beside what `page` says now.

    A part that both changed alike is no difference any more.
    """
    found = []
    for key in keys_of(page, theirs, base):
        was, new, own = (value_of(raw, key) for raw in (base, theirs, ours))
        if says_the_same(was, new) or says_the_same(new, own):
            continue
        new_text, own_text = text_of(page, key, new), text_of(page, key, own)
        own_pieces, new_pieces = marked(own_text, new_text)
        found.append(
            Difference(
                key=key,
                label=_label_with_title(page, key, new or was),
                theirs=new_pieces,
                ours=own_pieces,
                is_new=was is None,
                is_removed=new is None,
                changed_by_us=not says_the_same(was, own),
            )
        )
    return found


def _label_with_title(page: SharedPage, key: str, value: Any) -> str:
    label = str(page._meta.get_field(key.partition(":")[0]).verbose_name).capitalize()
    title = value["value"].get("title", "") if isinstance(value, dict) and isinstance(value["value"], dict) else ""
    return f"{label}: {title}" if title else label


def _is_stream(page: SharedPage, name: str) -> bool:
    return isinstance(page._meta.get_field(name), StreamField)


def _plain_field(page: SharedPage, name: str, value: Any) -> str:
    field = page._meta.get_field(name)
    if isinstance(field, models.BooleanField):
        return _("Yes") if value else _("No")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _as_lines(str(value))


def _texts(block: blocks.Block, raw: Any) -> Iterator[str]:
    """The words and numbers of a block from its stored form, in order; a picture is its alternative text."""
    if isinstance(block, blocks.StructBlock) and isinstance(raw, dict):
        for name, child in block.child_blocks.items():
            lines = list(_texts(child, raw.get(name)))
            if len(lines) == 1 and "\n" not in lines[0]:
                yield f"{child.label}: {lines[0]}"
            else:
                yield from lines
    elif isinstance(block, blocks.ListBlock):
        for item in raw or []:
            yield from _texts(block.child_block, item["value"] if isinstance(item, dict) and "value" in item else item)
    elif isinstance(block, blocks.StreamBlock):
        for item in raw or []:
            if item["type"] in block.child_blocks:
                yield from _texts(block.child_blocks[item["type"]], item["value"])
    elif not isinstance(block, blocks.ChooserBlock) and raw not in (None, "", False):
        yield _as_lines(str(raw))


def _as_lines(text: str) -> str:
    for tag in ("</p>", "</li>", "<br/>", "<br>"):
        text = text.replace(tag, f"{tag}\n")
    lines = (" ".join(strip_tags(line).replace("&amp;", "&").split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for line_number, line in enumerate(text.split("\n")):
        if line_number:
            words.append("\n")
        words += [f"{word} " for word in line.split(" ") if word]
    return words


def _place_for(blocks_now: list[dict], theirs: list[dict], block_id: str) -> int:
    ids = [block["id"] for block in blocks_now]
    before = [block["id"] for block in theirs[: [block["id"] for block in theirs].index(block_id)]]
    for neighbour in reversed(before):
        if neighbour in ids:
            return ids.index(neighbour) + 1
    return 0 if not before else len(ids)


def _replaced(block: blocks.Block, value: Any, replace) -> Any:
    if isinstance(block, ImageChooserBlock | DocumentChooserBlock):
        return replace(block.target_model, value) if isinstance(value, int) else value
    if isinstance(block, blocks.StructBlock) and isinstance(value, dict):
        children = block.child_blocks
        return {
            name: _replaced(children[name], child, replace) if name in children else child
            for name, child in value.items()
        }
    if isinstance(block, blocks.ListBlock) and isinstance(value, list):
        return [
            {**item, "value": _replaced(block.child_block, item["value"], replace)}
            if isinstance(item, dict) and "value" in item
            else _replaced(block.child_block, item, replace)
            for item in value
        ]
    if isinstance(block, blocks.StreamBlock) and isinstance(value, list):
        return [
            {**item, "value": _replaced(block.child_blocks[item["type"]], item["value"], replace)}
            for item in value
            if item["type"] in block.child_blocks
        ]
    return value
