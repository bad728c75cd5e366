package ucum

// customary holds the international, US and British customary lengths, areas, volumes and masses. The figures are those of the Unified Code for Units of Measure
// (https://ucum.org, copyright Regenstrief Institute), version 2.2.
func customary(code string) (atom, bool) {
	switch code {
	case "[in_i]":
		return atom{"254e-2", "cm", nonMetric}, true
	case "[ft_i]":
		return atom{"12", "[in_i]", nonMetric}, true
	case "[yd_i]":
		return atom{"3", "[ft_i]", nonMetric}, true
	case "[mi_i]":
		return atom{"5280", "[ft_i]", nonMetric}, true
	case "[fth_i]":
		return atom{"6", "[ft_i]", nonMetric}, true
	case "[nmi_i]":
		return atom{"1852", "m", nonMetric}, true
	case "[kn_i]":
		return atom{"1", "[nmi_i]/h", nonMetric}, true
	case "[sin_i]":
		return atom{"1", "[in_i]2", nonMetric}, true
	case "[sft_i]":
		return atom{"1", "[ft_i]2", nonMetric}, true
	case "[syd_i]":
		return atom{"1", "[yd_i]2", nonMetric}, true
	case "[cin_i]":
		return atom{"1", "[in_i]3", nonMetric}, true
	case "[cft_i]":
		return atom{"1", "[ft_i]3", nonMetric}, true
	case "[cyd_i]":
		return atom{"1", "[yd_i]3", nonMetric}, true
	case "[bf_i]":
		return atom{"144", "[in_i]3", nonMetric}, true
	case "[cr_i]":
		return atom{"128", "[ft_i]3", nonMetric}, true
	case "[mil_i]":
		return atom{"1e-3", "[in_i]", nonMetric}, true
	case "[cml_i]":
		return atom{"1", "[pi]/4.[mil_i]2", nonMetric}, true
	case "[hd_i]":
		return atom{"4", "[in_i]", nonMetric}, true
	case "[ft_us]":
		return atom{"1200", "m/3937", nonMetric}, true
	case "[yd_us]":
		return atom{"3", "[ft_us]", nonMetric}, true
	case "[in_us]":
		return atom{"1", "[ft_us]/12", nonMetric}, true
	case "[rd_us]":
		return atom{"16.5", "[ft_us]", nonMetric}, true
	case "[ch_us]":
		return atom{"4", "[rd_us]", nonMetric}, true
	case "[lk_us]":
		return atom{"1", "[ch_us]/100", nonMetric}, true
	case "[rch_us]":
		return atom{"100", "[ft_us]", nonMetric}, true
	case "[rlk_us]":
		return atom{"1", "[rch_us]/100", nonMetric}, true
	case "[fth_us]":
		return atom{"6", "[ft_us]", nonMetric}, true
	case "[fur_us]":
		return atom{"40", "[rd_us]", nonMetric}, true
	case "[mi_us]":
		return atom{"8", "[fur_us]", nonMetric}, true
	case "[acr_us]":
		return atom{"160", "[rd_us]2", nonMetric}, true
	case "[srd_us]":
		return atom{"1", "[rd_us]2", nonMetric}, true
	case "[smi_us]":
		return atom{"1", "[mi_us]2", nonMetric}, true
	case "[sct]":
		return atom{"1", "[mi_us]2", nonMetric}, true
	case "[twp]":
		return atom{"36", "[sct]", nonMetric}, true
	case "[mil_us]":
		return atom{"1e-3", "[in_us]", nonMetric}, true
	case "[in_br]":
		return atom{"2.539998", "cm", nonMetric}, true
	case "[ft_br]":
		return atom{"12", "[in_br]", nonMetric}, true
	case "[rd_br]":
		return atom{"16.5", "[ft_br]", nonMetric}, true
	case "[ch_br]":
		return atom{"4", "[rd_br]", nonMetric}, true
	case "[lk_br]":
		return atom{"1", "[ch_br]/100", nonMetric}, true
	case "[fth_br]":
		return atom{"6", "[ft_br]", nonMetric}, true
	case "[pc_br]":
		return atom{"2.5", "[ft_br]", nonMetric}, true
	case "[yd_br]":
		return atom{"3", "[ft_br]", nonMetric}, true
	case "[mi_br]":
		return atom{"5280", "[ft_br]", nonMetric}, true
	case "[nmi_br]":
		return atom{"6080", "[ft_br]", nonMetric}, true
	case "[kn_br]":
		return atom{"1", "[nmi_br]/h", nonMetric}, true
	case "[acr_br]":
		return atom{"4840", "[yd_br]2", nonMetric}, true
	case "[gal_us]":
		return atom{"231", "[in_i]3", nonMetric}, true
	case "[bbl_us]":
		return atom{"42", "[gal_us]", nonMetric}, true
	case "[qt_us]":
		return atom{"1", "[gal_us]/4", nonMetric}, true
	case "[pt_us]":
		return atom{"1", "[qt_us]/2", nonMetric}, true
	case "[gil_us]":
		return atom{"1", "[pt_us]/4", nonMetric}, true
	case "[foz_us]":
		return atom{"1", "[gil_us]/4", nonMetric}, true
	case "[fdr_us]":
		return atom{"1", "[foz_us]/8", nonMetric}, true
	case "[min_us]":
		return atom{"1", "[fdr_us]/60", nonMetric}, true
	case "[crd_us]":
		return atom{"128", "[ft_i]3", nonMetric}, true
	case "[bu_us]":
		return atom{"2150.42", "[in_i]3", nonMetric}, true
	case "[gal_wi]":
		return atom{"1", "[bu_us]/8", nonMetric}, true
	case "[pk_us]":
		return atom{"1", "[bu_us]/4", nonMetric}, true
	case "[dqt_us]":
		return atom{"1", "[pk_us]/8", nonMetric}, true
	case "[dpt_us]":
		return atom{"1", "[dqt_us]/2", nonMetric}, true
	case "[tbs_us]":
		return atom{"1", "[foz_us]/2", nonMetric}, true
	case "[tsp_us]":
		return atom{"1", "[tbs_us]/3", nonMetric}, true
	case "[cup_us]":
		return atom{"16", "[tbs_us]", nonMetric}, true
	case "[foz_m]":
		return atom{"30", "mL", nonMetric}, true
	case "[cup_m]":
		return atom{"240", "mL", nonMetric}, true
	case "[tsp_m]":
		return atom{"5", "mL", nonMetric}, true
	case "[tbs_m]":
		return atom{"15", "mL", nonMetric}, true
	case "[gal_br]":
		return atom{"4.54609", "l", nonMetric}, true
	case "[pk_br]":
		return atom{"2", "[gal_br]", nonMetric}, true
	case "[bu_br]":
		return atom{"4", "[pk_br]", nonMetric}, true
	case "[qt_br]":
		return atom{"1", "[gal_br]/4", nonMetric}, true
	case "[pt_br]":
		return atom{"1", "[qt_br]/2", nonMetric}, true
	case "[gil_br]":
		return atom{"1", "[pt_br]/4", nonMetric}, true
	case "[foz_br]":
		return atom{"1", "[gil_br]/5", nonMetric}, true
	case "[fdr_br]":
		return atom{"1", "[foz_br]/8", nonMetric}, true
	case "[min_br]":
		return atom{"1", "[fdr_br]/60", nonMetric}, true
	case "[gr]":
		return atom{"64.79891", "mg", nonMetric}, true
	case "[lb_av]":
		return atom{"7000", "[gr]", nonMetric}, true
	case "[oz_av]":
		return atom{"1", "[lb_av]/16", nonMetric}, true
	case "[dr_av]":
		return atom{"1", "[oz_av]/16", nonMetric}, true
	case "[scwt_av]":
		return atom{"100", "[lb_av]", nonMetric}, true
	case "[lcwt_av]":
		return atom{"112", "[lb_av]", nonMetric}, true
	case "[ston_av]":
		return atom{"20", "[scwt_av]", nonMetric}, true
	case "[lton_av]":
		return atom{"20", "[lcwt_av]", nonMetric}, true
	case "[stone_av]":
		return atom{"14", "[lb_av]", nonMetric}, true
	case "[pwt_tr]":
		return atom{"24", "[gr]", nonMetric}, true
	case "[oz_tr]":
		return atom{"20", "[pwt_tr]", nonMetric}, true
	case "[lb_tr]":
		return atom{"12", "[oz_tr]", nonMetric}, true
	case "[sc_ap]":
		return atom{"20", "[gr]", nonMetric}, true
	case "[dr_ap]":
		return atom{"3", "[sc_ap]", nonMetric}, true
	case "[oz_ap]":
		return atom{"8", "[dr_ap]", nonMetric}, true
	case "[lb_ap]":
		return atom{"12", "[oz_ap]", nonMetric}, true
	case "[oz_m]":
		return atom{"28", "g", nonMetric}, true
	}
	return atom{}, false
}
