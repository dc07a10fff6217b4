package catalogue

import (
	"slices"
	"testing"

	"vastrelay/vastapi"
)

func TestChosenTypesThatAreNotListedAreShownAndTicked(t *testing.T) {
	chosen := []string{"client:outbid", "client:from_the_future", "host:from_the_future"}
	var ticked []string
	for _, topic := range Group(vastapi.Catalogue(), chosen, true).Topics {
		for _, x := range topic.Types {
			if x.Chosen {
				ticked = append(ticked, string(topic.Role)+" "+x.Key)
			}
			if x.Name.IsZero() {
				t.Errorf("%s has no name", x.Key)
			}
		}
	}
	want := []string{"client client:outbid", "client client:from_the_future", "host host:from_the_future"}
	if slices.Sort(ticked); !slices.Equal(ticked, slices.Sorted(slices.Values(want))) {
		t.Errorf("got %q, want each type that is chosen", ticked)
	}
}
