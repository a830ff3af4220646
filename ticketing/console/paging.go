package console

import (
	"maps"
	"net/url"
	"strconv"
)

const pageSize = 50

// offsetOf is where in a list the page begins that was asked for.
func offsetOf(params url.Values) int {
	offset, _ := strconv.Atoi(params.Get("offset"))
	return max(offset, 0)
}

// neighbours are the addresses of the page before and of the one after; "" where
// there is none.
func neighbours(path string, params url.Values, offset, to, total int) (prev, next string) {
	if offset > 0 {
		prev = with(path, params, "offset", strconv.Itoa(max(offset-pageSize, 0)))
	}
	if to < total {
		next = with(path, params, "offset", strconv.Itoa(offset+pageSize))
	}
	return prev, next
}

// with is the address of a page with one parameter changed.
func with(path string, params url.Values, key, value string) string {
	p := maps.Clone(params)
	p.Set(key, value)
	return path + "?" + p.Encode()
}
