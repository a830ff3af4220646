package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// What a stored hash may ask for at most. A database may hold anything, by
// accident or malice, and checking must not cost memory or time without bound.
const (
	mostMemory     = 256 * 1024 // KiB
	mostIterations = 16
)

// MinPassword is the least number of characters of a password.
const MinPassword = 10

var errPassword = errors.New("wrong name or password")

// HashPassword returns the password's argon2id hash in PHC form.
func HashPassword(password string) (string, error) {
	if len([]rune(password)) < MinPassword {
		return "", fmt.Errorf("a password has at least %d characters", MinPassword)
	}
	return argon2id.CreateHash(password, argon)
}

// CheckPassword tells whether the password fits the hash.
func CheckPassword(hash, password string) error {
	p, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || p.Iterations == 0 || p.Parallelism == 0 || p.KeyLength == 0 ||
		p.Memory > mostMemory || p.Iterations > mostIterations {
		return errPassword
	}
	if fits, err := argon2id.ComparePasswordAndHash(password, hash); err != nil || !fits {
		return errPassword
	}
	return nil
}

// NewPassword makes one of 20 unmistakable characters, about 98 bits.
func NewPassword() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	return random(20, alphabet)
}

// NewToken makes an API token and the hash under which a store keeps it.
func NewToken() (token, hash string) {
	token = "lw_" + random(40, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
	return token, HashToken(token)
}

// HashToken is how tokens and session ids are kept: they are random, so a
// plain digest is enough.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// random draws without bias: bytes beyond the last whole multiple are dropped.
func random(n int, alphabet string) string {
	limit := byte(256 - 256%len(alphabet))
	out := make([]byte, 0, n)
	buf := make([]byte, 64)
	for len(out) < n {
		rand.Read(buf)
		for _, b := range buf {
			if len(out) < n && (limit == 0 || b < limit) {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}
