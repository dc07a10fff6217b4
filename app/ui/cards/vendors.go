package cards

import (
	"slices"

	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
)

// InLanguage returns the vendors with their texts in the language in use. A text that
// the catalogue does not have stays as the vendor's package words it, which works
// without the catalogue.
func InLanguage(vendors []tunnel.Vendor) []tunnel.Vendor {
	vendors = slices.Clone(vendors)
	for i := range vendors {
		v := &vendors[i]
		translate(&v.Title, v.Name, "title")
		translate(&v.AwayCost, v.Name, "away")
		translate(&v.Remark, v.Name, "remark")
		v.Fields = slices.Clone(v.Fields)
		for j := range v.Fields {
			f := &v.Fields[j]
			translate(&f.Label, v.Name, f.Key+".label")
			translate(&f.Hint, v.Name, f.Key+".hint")
		}
	}
	return vendors
}

// translate puts the translation of a part of a vendor's texts in its place.
func translate(text *string, vendor, part string) {
	if translated, ok := words.Tunnel(vendor, part); ok && *text != "" {
		*text = translated.Text()
	}
}
