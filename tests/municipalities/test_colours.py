"""A municipality's colour can be seen on every page, and whoever chose it hears when it was made darker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.municipalities.models import Municipality
from portal.municipalities.services import colours


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_seen_on_light_and_on_dark(number):
    colour = f"#{number:06x}"

    light, dark = colours.on_light(colour), colours.on_dark(colour)

    assert min(colours.contrast(light, ground) for ground in colours.LIGHT_GROUNDS) >= 3
    assert min(colours.contrast(dark, ground) for ground in colours.DARK_GROUNDS) >= 3


def test_a_colour_that_can_be_seen_stays_as_it_is():
    assert (colours.on_light("#1F5F5B"), colours.on_dark("#86D0BD")) == ("#1f5f5b", "#86d0bd")


def test_the_stylesheet_has_each_colour_as_it_is_seen_on_light_and_on_dark(cast, client):
    Municipality.objects.filter(pk=cast.here.pk).update(accent_colour="#ffe14d")
    Municipality.objects.filter(pk=cast.there.pk).update(accent_colour="#12324a")

    light, dark = (
        client.get("/kommunfarger.css").content.decode().split("@media screen and (prefers-color-scheme:dark)")
    )

    assert f'[data-municipality="trelleborg"]{{--accent:{colours.on_light("#ffe14d")};}}' in light
    assert '[data-municipality="trelleborg"]{--accent:#ffe14d;}' in dark
    assert '[data-municipality="skurup"]{--accent:#12324a;}' in light
    assert f'[data-municipality="skurup"]{{--accent:{colours.on_dark("#12324a")};}}' in dark


@pytest.mark.parametrize(("colour", "is_told"), [("#ffe14d", True), ("#12324a", False)])
def test_whoever_chooses_a_colour_that_is_too_pale_is_told_how_it_is_shown(cast, client_of, colour, is_told):
    here = cast.here
    given = {
        "kind": here.kind,
        "name": here.name,
        "short_name": here.short_name,
        "municipality_code": here.municipality_code,
        "organisation_number": here.organisation_number,
        "email_domains": "",
        "accent_colour": colour,
    }

    answer = client_of("portal_admin").post(f"/arbetsyta/kommuner/{here.slug}/", given, follow=True)

    here.refresh_from_db()
    assert here.accent_colour == colour
    told = f"Färgen {colour} är för ljus för att synas på vitt. Portalen visar den som {colours.on_light(colour)}."
    assert (told in answer.content.decode()) is is_told


@pytest.mark.parametrize("below", ["", "/en"])
@pytest.mark.parametrize("slug", ["en", "sv", "kurser", "sok"])
def test_no_municipality_takes_an_address_of_the_portals(cast, client_of, below, slug):
    given = {"kind": "municipality", "name": "En kommun", "short_name": "En", "accent_colour": "#12324a", "slug": slug}

    answer = client_of("portal_admin").post(f"{below}/arbetsyta/kommuner/ny/", given)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["slug"])
