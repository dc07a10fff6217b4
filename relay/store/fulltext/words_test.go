package fulltext

import "testing"

func TestTrigramsCoverWords(t *testing.T) {
	for search, want := range map[string]string{
		"":           "",
		"ab c":       "",
		"abc":        `"ABC"`,
		"outbid":     `"OUT" AND "BID"`,
		"outbids":    `"OUT" AND "BID" AND "IDS"`,
		"12345":      `"123" AND "234" AND "345"`,
		"777777":     `"777"`,
		`a"b ab`:     `"A""B"`,
		"über 4u2x":  `"ÜBE" AND "BER" AND "4U2" AND "U2X"`,
		"out outbid": `"OUT" AND "BID"`,
	} {
		if got := Trigrams(search); got != want {
			t.Errorf("Trigrams(%q) = %s, want %s", search, got, want)
		}
	}
}
