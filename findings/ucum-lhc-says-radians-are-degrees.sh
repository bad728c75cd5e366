#!/usr/bin/env bash
# npm @lhncbc/ucum-lhc 7.1.10: a slope, which UCUM defines by the tangent of an angle, "succeeds" with the radians of that angle called
# degrees: 100 % is 45 degrees and comes out as 0.785, and 45 degrees as 162 %. (UCUM's own file has 1 rad in the text of the definition and
# deg in the function; either way 100 % is a quarter of pi in radians, which comes out as 0.014 rad.) The prism dioptre, the unit of a prism
# in a prescription for glasses, cannot be converted at all: what is said is an error of the library's own making. The factor of the Reaumur
# scale, 5/4 of a kelvin a degree, is taken of the whole temperature.
# Seen: 100 %[slope] 0.785 deg, 45 deg 162 %[slope]; [p'diop] "Cannot read properties of undefined"; 80 [degRe], at which water
# boils, 168 Cel. Of the usual special units, 98.6 [degF] is 37 Cel, and it is right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent @lhncbc/ucum-lhc@7.1.10
cat > units.cjs <<'JS'
const ucum = require('@lhncbc/ucum-lhc').UcumLhcUtils.getInstance();
const into = (value, from, to) => {
  const answer = ucum.convertUnitTo(from, value, to);
  const said = answer.status === 'succeeded' ? String(Math.round(answer.toVal * 1000) / 1000) : answer.msg.join('; ');
  console.log(`${value} ${from} in ${to}: ${said}`);
  return said;
};
const fail = (what) => { throw new Error('changed: ' + what); };
if (into(98.6, '[degF]', 'Cel') !== '37') fail('Fahrenheit');
if (into(100, '%[slope]', 'deg') !== '0.785') fail('a slope in degrees');
if (into(100, '%[slope]', 'rad') !== '0.014') fail('a slope in radians');
if (into(45, 'deg', '%[slope]') !== '161.978') fail('degrees as a slope');
if (into(80, '[degRe]', 'Cel') !== '168.288') fail('Reaumur');
if (!into(100, "[p'diop]", 'deg').includes('Cannot read properties of undefined')) fail('the prism dioptre');
JS
node units.cjs
