"""Print as a printer sets it: strokes of a plotter's letters look like a pen's."""

from PIL import Image, ImageDraw, ImageFont


def write_on(image: Image.Image, text: str, at: tuple[int, int], scale: float = 0.7) -> None:
    """Set black text whose base line begins at a pixel; of scale 0.7 it is 10 pt at 150 dpi."""
    font = ImageFont.load_default(round(30 * scale))
    ImageDraw.Draw(image).text(at, text, "black", font, anchor="ls")
