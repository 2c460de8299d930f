"""The sentences that tell why a tag is taken for what it is. For staff; they never hold a number. Not for deciding it (identify)."""

from __future__ import annotations

from drivers.tags import extension, iso28560_2, iso28560_3
from drivers.tags.atr import StorageCard
from drivers.tags.iso28560_3 import Block, Order
from drivers.tags.problems import TagError
from drivers.tags.usage import in_words


def about_card(card: StorageCard | None, atr: bytes) -> str:
    """What class of card it is."""
    if card is not None:
        return f"It is a storage card by {card.standard}{': ' * bool(card.product)}{card.product}."
    return (
        "It is no storage card: it speaks for itself, as phones and bank cards do."
        if atr
        else "The reader does not say what class of card it is."
    )


def about_block(block: Block, offset: int, order: Order) -> list[str]:
    """The reasons for a good block, in the order in which it was read."""
    half = "before" if block.usage_first else "after"
    reasons = [
        f"It is an ISO 28560-3 tag{_where(offset, order)}: its CRC is right.",
        f"Its type of usage is {block.usage}, {in_words(block.usage)}; it stands {half} the content parameter in the first byte.",
    ]
    if block.parts > 1:
        reasons.append(f"It is part {block.part} of {block.parts}.")
    if not block.owner:
        reasons.append("It names no owner in the form of an ISIL.")
    elif block.owner_cut:
        reasons.append(f"Its owner is {block.owner}; the tag is too short to say whether the ISIL goes on, so only its beginning counts.")
    else:
        reasons.append(f"Its owner is {block.owner}.")
    return reasons


def about_extensions(content: bytes) -> list[str]:
    """What stands behind a good block; damage there does not touch the number."""
    behind = content[iso28560_3.SIZE :]
    if not behind or not behind[0]:
        return []
    try:
        blocks = extension.decode(behind)
    except TagError as failure:
        return [f"What stands behind the block is not used: {failure}."]
    ids = ", ".join(str(block.id) for block in blocks)
    return [f"Extension blocks stand behind it: {ids}."] if blocks else []


def about_content(content: iso28560_2.Content, place: int, order: Order) -> list[str]:
    """The reasons for good objects."""
    reasons = [
        f"It is an ISO 28560-2 tag{_where(place, order)}: its {len(content.elements)} objects are without fault; the model has no checksum."
    ]
    if content.listed is not None:
        reasons.append("Its content parameter names exactly the objects that there are.")
    if content.usage is None:
        reasons.append("It tells no type of usage, so it counts as an item.")
    else:
        reasons.append(f"Its type of usage is {content.usage:X}{content.qualifier:X}, {in_words(content.usage, content.qualifier)}.")
    if content.parts > 1:
        reasons.append(f"It is part {content.part} of {content.parts}, as its set information is understood.")
    reasons.append(f"Its owner is {content.owner}." if content.owner else "It names no owner.")
    return reasons


def _where(place: int, order: Order) -> str:
    where = f" from byte {place} on" if place else ""
    return where + " with the bytes of each block of four reversed" * (order is Order.REVERSED)
