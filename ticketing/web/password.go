package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id with OWASP's first recommendation: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 * 1024
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
)

// MinPassword is the least number of characters of a password.
const MinPassword = 10

var errPassword = errors.New("wrong name or password")

// HashPassword returns the password's argon2id hash in PHC form.
func HashPassword(password string) (string, error) {
	if len([]rune(password)) < MinPassword {
		return "", fmt.Errorf("a password has at least %d characters", MinPassword)
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		e.EncodeToString(salt), e.EncodeToString(key)), nil
}

// CheckPassword tells whether the password fits the hash.
func CheckPassword(hash, password string) error {
	words := strings.Split(hash, "$")
	if len(words) != 6 || words[1] != "argon2id" {
		return errPassword
	}
	var version int
	var memory, time uint32
	var lanes uint8
	if _, err := fmt.Sscanf(words[2], "v=%d", &version); err != nil || version != argon2.Version {
		return errPassword
	}
	if _, err := fmt.Sscanf(words[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil || memory > 256*1024 || time > 16 || lanes == 0 || time == 0 {
		return errPassword
	}
	salt, err := base64.RawStdEncoding.DecodeString(words[4])
	if err != nil {
		return errPassword
	}
	want, err := base64.RawStdEncoding.DecodeString(words[5])
	if err != nil || len(want) == 0 {
		return errPassword
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, lanes, uint32(len(want)))
	if subtle.ConstantTimeCompare(got, want) != 1 {
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
