package ucum

// clinical holds the units of medicine, laboratory and biology, arbitrary units among them. The figures are those of the Unified Code for Units of Measure
// (https://ucum.org, copyright Regenstrief Institute), version 2.2.
func clinical(code string) (atom, bool) {
	switch code {
	case "[PRU]":
		return atom{"1", "mm[Hg].s/ml", nonMetric}, true
	case "[wood'U]":
		return atom{"1", "mm[Hg].min/L", nonMetric}, true
	case "[diop]":
		return atom{"1", "/m", nonMetric}, true
	case "[p'diop]":
		return atom{"1", "rad", special}, true
	case "%[slope]":
		return atom{"1", "rad", special}, true
	case "[mesh_i]":
		return atom{"1", "/[in_i]", nonMetric}, true
	case "[Ch]":
		return atom{"1", "mm/3", nonMetric}, true
	case "[drp]":
		return atom{"1", "ml/20", nonMetric}, true
	case "[hnsf'U]":
		return atom{"1", "1", nonMetric}, true
	case "[MET]":
		return atom{"3.5", "mL/min/kg", nonMetric}, true
	case "[hp'_X]":
		return atom{"1", "1", special}, true
	case "[hp'_C]":
		return atom{"1", "1", special}, true
	case "[hp'_M]":
		return atom{"1", "1", special}, true
	case "[hp'_Q]":
		return atom{"1", "1", special}, true
	case "[hp_X]":
		return atom{"", "", arbitrary}, true
	case "[hp_C]":
		return atom{"", "", arbitrary}, true
	case "[hp_M]":
		return atom{"", "", arbitrary}, true
	case "[hp_Q]":
		return atom{"", "", arbitrary}, true
	case "[kp_X]":
		return atom{"", "", arbitrary}, true
	case "[kp_C]":
		return atom{"", "", arbitrary}, true
	case "[kp_M]":
		return atom{"", "", arbitrary}, true
	case "[kp_Q]":
		return atom{"", "", arbitrary}, true
	case "eq":
		return atom{"1", "mol", metric}, true
	case "osm":
		return atom{"1", "mol", metric}, true
	case "[pH]":
		return atom{"1", "mol/l", special}, true
	case "g%":
		return atom{"1", "g/dl", metric}, true
	case "[S]":
		return atom{"1", "10*-13.s", nonMetric}, true
	case "[HPF]":
		return atom{"1", "1", nonMetric}, true
	case "[LPF]":
		return atom{"100", "1", nonMetric}, true
	case "kat":
		return atom{"1", "mol/s", metric}, true
	case "U":
		return atom{"1", "umol/min", metric}, true
	case "[iU]":
		return atom{"", "", metricArbitrary}, true
	case "[IU]":
		return atom{"1", "[iU]", metric}, true
	case "[arb'U]":
		return atom{"", "", arbitrary}, true
	case "[USP'U]":
		return atom{"", "", arbitrary}, true
	case "[GPL'U]":
		return atom{"", "", arbitrary}, true
	case "[MPL'U]":
		return atom{"", "", arbitrary}, true
	case "[APL'U]":
		return atom{"", "", arbitrary}, true
	case "[beth'U]":
		return atom{"", "", arbitrary}, true
	case "[anti'Xa'U]":
		return atom{"", "", arbitrary}, true
	case "[todd'U]":
		return atom{"", "", arbitrary}, true
	case "[dye'U]":
		return atom{"", "", arbitrary}, true
	case "[smgy'U]":
		return atom{"", "", arbitrary}, true
	case "[bdsk'U]":
		return atom{"", "", arbitrary}, true
	case "[ka'U]":
		return atom{"", "", arbitrary}, true
	case "[knk'U]":
		return atom{"", "", arbitrary}, true
	case "[mclg'U]":
		return atom{"", "", arbitrary}, true
	case "[tb'U]":
		return atom{"", "", arbitrary}, true
	case "[CCID_50]":
		return atom{"", "", arbitrary}, true
	case "[TCID_50]":
		return atom{"", "", arbitrary}, true
	case "[EID_50]":
		return atom{"", "", arbitrary}, true
	case "[PFU]":
		return atom{"", "", arbitrary}, true
	case "[FFU]":
		return atom{"", "", arbitrary}, true
	case "[CFU]":
		return atom{"", "", arbitrary}, true
	case "[IR]":
		return atom{"", "", arbitrary}, true
	case "[BAU]":
		return atom{"", "", arbitrary}, true
	case "[AU]":
		return atom{"", "", arbitrary}, true
	case "[Amb'a'1'U]":
		return atom{"", "", arbitrary}, true
	case "[PNU]":
		return atom{"", "", arbitrary}, true
	case "[Lf]":
		return atom{"", "", arbitrary}, true
	case "[D'ag'U]":
		return atom{"", "", arbitrary}, true
	case "[FEU]":
		return atom{"", "", arbitrary}, true
	case "[ELU]":
		return atom{"", "", arbitrary}, true
	case "[EU]":
		return atom{"", "", arbitrary}, true
	case "[NTU]":
		return atom{"", "", arbitrary}, true
	case "[FNU]":
		return atom{"", "", arbitrary}, true
	case "[OD]":
		return atom{"", "", arbitrary}, true
	}
	return atom{}, false
}
