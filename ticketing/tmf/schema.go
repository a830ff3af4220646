package tmf

import (
	"embed"
	"net/http"
)

//go:embed schema/*.json
var schemas embed.FS

// schema serves the declarations of our extension attributes.
func (a *API) schema(w http.ResponseWriter, r *http.Request) {
	body, err := schemas.ReadFile("schema/" + r.PathValue("name"))
	if err != nil {
		a.write(w, r, answer{}, fail(http.StatusNotFound, "notFound", "no such schema", r.PathValue("name")))
		return
	}
	w.Header().Set("Content-Type", "application/schema+json")
	w.Write(body)
}
