package verdict

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/linewarden/linewarden/collector/symptom"
)

// Key is where a verdict is stored on the bus: one word.
func Key(v Verdict) string { return symptom.Word(v.ID) }

// Edition tells this version of a verdict from its others, in one word.
func Edition(v Verdict) string {
	return strconv.FormatUint(v.Epoch, 10) + "-" + strconv.FormatUint(v.Version, 10)
}

// Encode writes a verdict as JSON.
func Encode(v Verdict) ([]byte, error) { return json.Marshal(v) }

// Decode reads what is stored under a key. Unknown fields are let pass, so that
// a newer correlator may speak to an older reader.
func Decode(key string, value []byte) (Verdict, error) {
	var v Verdict
	if err := json.Unmarshal(value, &v); err != nil {
		return Verdict{}, err
	}
	if v.ID == "" || Key(v) != key {
		return Verdict{}, fmt.Errorf("it speaks of verdict %q", v.ID)
	}
	return v, nil
}
