package profile

import "testing"

func TestWordsOfAnotherLayerAreTold(t *testing.T) {
	for text, damaged := range map[string]bool{
		"Seen in GP's surgery": false, "Seen in GP&#39;s surgery": true, "fish &amp; chips": true, "fish & chips": false, "R&D; done": false,
		"Zoë Müller": false, "ZoÃ« MÃ¼ller": true, "Nguyễn": false, "Nguyá»…n": true, "Â°C": true, "°C": false, "it’s": false, "itâ€™s": true,
		"caf\ufffd": true, `O\'Connor`: true, `say \u00e9`: true, `5 mg/5 ml`: false, "ÂME": false, "ÅSE ÖBERG": false, "crème brûlée": false, "<5": false, "µg/L": false,
		"α-blocker": false, "Łukasz": false, "": false,
	} {
		if got := garbled(text) != ""; got != damaged {
			t.Errorf("%q: %q", text, garbled(text))
		}
	}
}
