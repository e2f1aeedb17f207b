#!/usr/bin/env bash
# OSGridConverter: places come back from their grid reference as much as a quarter of a kilometre from where they are.
# latlong2grid() is right to some metres. grid2latlong(), given what latlong2grid() gave, returns another longitude, the
# more so the further a place is east or west of 2 degrees west. Its README shows both ways of one point, 0.004 degrees apart.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet OSGridConverter==0.1.3 pyproj==3.7.2 bng==1.0.5 bng-latlon==1.1 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version

import bng
import pyproj
from bng_latlon import OSGB36toWGS84
from OSGridConverter import grid2latlong, latlong2grid

# The README's point, by Great Yarmouth, and three towns.
PLACES = {
    "README": (52.657977, 1.716038),
    "Norwich": (52.6290, 1.2918),
    "Leeds": (53.8019, -1.5486),
    "Penzance": (50.1186, -5.5415),
}
ground = pyproj.Geod(ellps="WGS84")
to_degrees = pyproj.Transformer.from_crs(27700, 4326)


def measure(place, latitude, longitude):
    """How many metres a point is from a place."""
    return round(ground.inv(place[1], place[0], longitude, latitude)[2])


def go_back(place):
    """By pyproj, bng-latlon and grid2latlong(): how far the way back ends from the place."""
    reference = str(latlong2grid(*place))
    metres = bng.to_osgb36(reference.replace(" ", ""))
    point = grid2latlong(reference)
    ways = (to_degrees.transform(*metres), OSGB36toWGS84(*metres), (point.latitude, point.longitude))
    return [measure(place, *way) for way in ways]


found = {name: go_back(place) for name, place in PLACES.items()}
print(", ".join(f"{name} {version(name)}" for name in ("OSGridConverter", "pyproj", "bng", "bng-latlon")))
print("input:    the latitude and longitude of four places, made a grid reference by latlong2grid()")
print("expected: the way back ends at the place, give or take some metres")
for name, (by_pyproj, by_bng_latlon, _) in found.items():
    print(f"          {name}: pyproj {by_pyproj} m away, bng-latlon {by_bng_latlon} m")
print("seen:     grid2latlong():", ", ".join(f"{name} {away} m away" for name, (_, _, away) in found.items()))

as_stated = all(max(others) <= 5 for *others, _ in found.values())
as_stated = as_stated and [away for _, _, away in found.values()] == [273, 190, 0, 240]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
