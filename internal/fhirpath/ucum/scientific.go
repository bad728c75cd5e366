package ucum

// scientific holds the base units, the dimensionless numbers, the SI, ISO 1000, CGS and physical-constant units. The figures are those of the Unified Code for Units of Measure
// (https://ucum.org, copyright Regenstrief Institute), version 2.2.
func scientific(code string) (atom, bool) {
	switch code {
	case "m":
		return atom{"", "", baseUnit}, true
	case "s":
		return atom{"", "", baseUnit}, true
	case "g":
		return atom{"", "", baseUnit}, true
	case "rad":
		return atom{"", "", baseUnit}, true
	case "K":
		return atom{"", "", baseUnit}, true
	case "C":
		return atom{"", "", baseUnit}, true
	case "cd":
		return atom{"", "", baseUnit}, true
	case "10*":
		return atom{"10", "1", nonMetric}, true
	case "10^":
		return atom{"10", "1", nonMetric}, true
	case "[pi]":
		return atom{"", "", dimensionlessPi}, true
	case "%":
		return atom{"1", "10*-2", nonMetric}, true
	case "[ppth]":
		return atom{"1", "10*-3", nonMetric}, true
	case "[ppm]":
		return atom{"1", "10*-6", nonMetric}, true
	case "[ppb]":
		return atom{"1", "10*-9", nonMetric}, true
	case "[pptr]":
		return atom{"1", "10*-12", nonMetric}, true
	case "mol":
		return atom{"6.02214076", "10*23", metric}, true
	case "sr":
		return atom{"1", "rad2", metric}, true
	case "Hz":
		return atom{"1", "s-1", metric}, true
	case "N":
		return atom{"1", "kg.m/s2", metric}, true
	case "Pa":
		return atom{"1", "N/m2", metric}, true
	case "J":
		return atom{"1", "N.m", metric}, true
	case "W":
		return atom{"1", "J/s", metric}, true
	case "A":
		return atom{"1", "C/s", metric}, true
	case "V":
		return atom{"1", "J/C", metric}, true
	case "F":
		return atom{"1", "C/V", metric}, true
	case "Ohm":
		return atom{"1", "V/A", metric}, true
	case "S":
		return atom{"1", "Ohm-1", metric}, true
	case "Wb":
		return atom{"1", "V.s", metric}, true
	case "Cel":
		return atom{"1", "K", metricSpecial}, true
	case "T":
		return atom{"1", "Wb/m2", metric}, true
	case "H":
		return atom{"1", "Wb/A", metric}, true
	case "lm":
		return atom{"1", "cd.sr", metric}, true
	case "lx":
		return atom{"1", "lm/m2", metric}, true
	case "Bq":
		return atom{"1", "s-1", metric}, true
	case "Gy":
		return atom{"1", "J/kg", metric}, true
	case "Sv":
		return atom{"1", "J/kg", metric}, true
	case "gon":
		return atom{"0.9", "deg", nonMetric}, true
	case "deg":
		return atom{"2", "[pi].rad/360", nonMetric}, true
	case "'":
		return atom{"1", "deg/60", nonMetric}, true
	case "''":
		return atom{"1", "'/60", nonMetric}, true
	case "l":
		return atom{"1", "dm3", metric}, true
	case "L":
		return atom{"1", "l", metric}, true
	case "ar":
		return atom{"100", "m2", metric}, true
	case "min":
		return atom{"60", "s", nonMetric}, true
	case "h":
		return atom{"60", "min", nonMetric}, true
	case "d":
		return atom{"24", "h", nonMetric}, true
	case "a_t":
		return atom{"365.24219", "d", nonMetric}, true
	case "a_j":
		return atom{"365.25", "d", nonMetric}, true
	case "a_g":
		return atom{"365.2425", "d", nonMetric}, true
	case "a":
		return atom{"1", "a_j", nonMetric}, true
	case "wk":
		return atom{"7", "d", nonMetric}, true
	case "mo_s":
		return atom{"29.53059", "d", nonMetric}, true
	case "mo_j":
		return atom{"1", "a_j/12", nonMetric}, true
	case "mo_g":
		return atom{"1", "a_g/12", nonMetric}, true
	case "mo":
		return atom{"1", "mo_j", nonMetric}, true
	case "t":
		return atom{"1e3", "kg", metric}, true
	case "bar":
		return atom{"1e5", "Pa", metric}, true
	case "u":
		return atom{"1.66053906660e-24", "g", metric}, true
	case "eV":
		return atom{"1", "[e].V", metric}, true
	case "AU":
		return atom{"149597.870691", "Mm", nonMetric}, true
	case "pc":
		return atom{"3.085678e16", "m", metric}, true
	case "[c]":
		return atom{"299792458", "m/s", metric}, true
	case "[h]":
		return atom{"6.62607015e-34", "J.s", metric}, true
	case "[k]":
		return atom{"1.380649e-23", "J/K", metric}, true
	case "[eps_0]":
		return atom{"8.854187817e-12", "F/m", metric}, true
	case "[mu_0]":
		return atom{"1", "4.[pi].10*-7.N/A2", metric}, true
	case "[e]":
		return atom{"1.602176634e-19", "C", metric}, true
	case "[m_e]":
		return atom{"9.1093837139e-31", "kg", metric}, true
	case "[m_p]":
		return atom{"1.67262192595e-27", "kg", metric}, true
	case "[G]":
		return atom{"6.67430e-11", "m3.kg-1.s-2", metric}, true
	case "[g]":
		return atom{"980665e-5", "m/s2", metric}, true
	case "atm":
		return atom{"101325", "Pa", nonMetric}, true
	case "[ly]":
		return atom{"1", "[c].a_j", metric}, true
	case "gf":
		return atom{"1", "g.[g]", metric}, true
	case "[lbf_av]":
		return atom{"1", "[lb_av].[g]", nonMetric}, true
	case "Ky":
		return atom{"1", "cm-1", metric}, true
	case "Gal":
		return atom{"1", "cm/s2", metric}, true
	case "dyn":
		return atom{"1", "g.cm/s2", metric}, true
	case "erg":
		return atom{"1", "dyn.cm", metric}, true
	case "P":
		return atom{"1", "dyn.s/cm2", metric}, true
	case "Bi":
		return atom{"10", "A", metric}, true
	case "St":
		return atom{"1", "cm2/s", metric}, true
	case "Mx":
		return atom{"1e-8", "Wb", metric}, true
	case "G":
		return atom{"1e-4", "T", metric}, true
	case "Oe":
		return atom{"250", "/[pi].A/m", metric}, true
	case "Gb":
		return atom{"1", "Oe.cm", metric}, true
	case "sb":
		return atom{"1", "cd/cm2", metric}, true
	case "Lmb":
		return atom{"1", "cd/cm2/[pi]", metric}, true
	case "ph":
		return atom{"1e-4", "lx", metric}, true
	case "Ci":
		return atom{"37e9", "Bq", metric}, true
	case "R":
		return atom{"2.58e-4", "C/kg", metric}, true
	case "RAD":
		return atom{"100", "erg/g", metric}, true
	case "REM":
		return atom{"1", "RAD", metric}, true
	case "Np":
		return atom{"1", "1", metricSpecial}, true
	case "B":
		return atom{"1", "1", metricSpecial}, true
	case "B[SPL]":
		return atom{"2", "10*-5.Pa", metricSpecial}, true
	case "B[V]":
		return atom{"1", "V", metricSpecial}, true
	case "B[mV]":
		return atom{"1", "mV", metricSpecial}, true
	case "B[uV]":
		return atom{"1", "uV", metricSpecial}, true
	case "B[10.nV]":
		return atom{"10", "nV", metricSpecial}, true
	case "B[W]":
		return atom{"1", "W", metricSpecial}, true
	case "B[kW]":
		return atom{"1", "kW", metricSpecial}, true
	case "st":
		return atom{"1", "m3", metric}, true
	case "Ao":
		return atom{"0.1", "nm", nonMetric}, true
	case "b":
		return atom{"100", "fm2", nonMetric}, true
	case "att":
		return atom{"1", "kgf/cm2", nonMetric}, true
	case "mho":
		return atom{"1", "S", metric}, true
	case "[psi]":
		return atom{"1", "[lbf_av]/[in_i]2", nonMetric}, true
	case "circ":
		return atom{"2", "[pi].rad", nonMetric}, true
	case "sph":
		return atom{"4", "[pi].sr", nonMetric}, true
	case "[car_m]":
		return atom{"2e-1", "g", nonMetric}, true
	case "[car_Au]":
		return atom{"1", "/24", nonMetric}, true
	case "[smoot]":
		return atom{"67", "[in_i]", nonMetric}, true
	case "[m/s2/Hz^(1/2)]":
		return atom{"1", "m2/s4/Hz", special}, true
	case "bit_s":
		return atom{"1", "1", special}, true
	case "bit":
		return atom{"1", "1", metric}, true
	case "By":
		return atom{"8", "bit", metric}, true
	case "Bd":
		return atom{"1", "/s", metric}, true
	}
	return atom{}, false
}
