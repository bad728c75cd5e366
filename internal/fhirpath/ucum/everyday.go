package ucum

// everyday holds typesetting lengths, temperatures, energies, pressures and textile units. The figures are those of the Unified Code for Units of Measure
// (https://ucum.org, copyright Regenstrief Institute), version 2.2.
func everyday(code string) (atom, bool) {
	switch code {
	case "[lne]":
		return atom{"1", "[in_i]/12", nonMetric}, true
	case "[pnt]":
		return atom{"1", "[lne]/6", nonMetric}, true
	case "[pca]":
		return atom{"12", "[pnt]", nonMetric}, true
	case "[pnt_pr]":
		return atom{"0.013837", "[in_i]", nonMetric}, true
	case "[pca_pr]":
		return atom{"12", "[pnt_pr]", nonMetric}, true
	case "[pied]":
		return atom{"32.48", "cm", nonMetric}, true
	case "[pouce]":
		return atom{"1", "[pied]/12", nonMetric}, true
	case "[ligne]":
		return atom{"1", "[pouce]/12", nonMetric}, true
	case "[didot]":
		return atom{"1", "[ligne]/6", nonMetric}, true
	case "[cicero]":
		return atom{"12", "[didot]", nonMetric}, true
	case "[degF]":
		return atom{"5", "K/9", special}, true
	case "[degR]":
		return atom{"5", "K/9", nonMetric}, true
	case "[degRe]":
		return atom{"5", "K/4", special}, true
	case "cal_[15]":
		return atom{"4.18580", "J", metric}, true
	case "cal_[20]":
		return atom{"4.18190", "J", metric}, true
	case "cal_m":
		return atom{"4.19002", "J", metric}, true
	case "cal_IT":
		return atom{"4.1868", "J", metric}, true
	case "cal_th":
		return atom{"4.184", "J", metric}, true
	case "cal":
		return atom{"1", "cal_th", metric}, true
	case "[Cal]":
		return atom{"1", "kcal_th", nonMetric}, true
	case "[Btu_39]":
		return atom{"1.05967", "kJ", nonMetric}, true
	case "[Btu_59]":
		return atom{"1.05480", "kJ", nonMetric}, true
	case "[Btu_60]":
		return atom{"1.05468", "kJ", nonMetric}, true
	case "[Btu_m]":
		return atom{"1.05587", "kJ", nonMetric}, true
	case "[Btu_IT]":
		return atom{"1.05505585262", "kJ", nonMetric}, true
	case "[Btu_th]":
		return atom{"1.054350", "kJ", nonMetric}, true
	case "[Btu]":
		return atom{"1", "[Btu_th]", nonMetric}, true
	case "[HP]":
		return atom{"550", "[ft_i].[lbf_av]/s", nonMetric}, true
	case "tex":
		return atom{"1", "g/km", metric}, true
	case "[den]":
		return atom{"1", "g/9/km", nonMetric}, true
	case "m[H2O]":
		return atom{"980665e-5", "kPa", metric}, true
	case "m[Hg]":
		return atom{"133.3220", "kPa", metric}, true
	case "[in_i'H2O]":
		return atom{"1", "m[H2O].[in_i]/m", nonMetric}, true
	case "[in_i'Hg]":
		return atom{"1", "m[Hg].[in_i]/m", nonMetric}, true
	}
	return atom{}, false
}
