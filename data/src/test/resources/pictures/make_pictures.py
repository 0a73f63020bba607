"""Makes cmyk.jpg and cmyk-as-rgb.png with Pillow (9.4): 16 fields of four inks, and their colors as Pillow has them."""

from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
FIELDS, FIELD = 4, 16
INKS = [
    (0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0),
    (0, 0, 0, 255), (0, 0, 0, 128), (255, 255, 0, 0), (0, 255, 255, 0),
    (255, 0, 255, 0), (128, 0, 0, 0), (0, 128, 0, 64), (0, 0, 128, 192),
    (100, 50, 25, 10), (10, 200, 90, 30), (60, 60, 60, 60), (255, 255, 255, 255),
]

inks = Image.new("CMYK", (FIELDS * FIELD, FIELDS * FIELD))
for i, ink in enumerate(INKS):
    inks.paste(ink, (i % FIELDS * FIELD, i // FIELDS * FIELD, (i % FIELDS + 1) * FIELD, (i // FIELDS + 1) * FIELD))
inks.save(HERE / "cmyk.jpg", quality=100, subsampling=0)

colors = Image.open(HERE / "cmyk.jpg").convert("RGB")
middles = Image.new("RGB", (FIELDS, FIELDS))
for i in range(FIELDS * FIELDS):
    x, y = i % FIELDS, i // FIELDS
    middles.putpixel((x, y), colors.getpixel((x * FIELD + FIELD // 2, y * FIELD + FIELD // 2)))
middles.save(HERE / "cmyk-as-rgb.png")
