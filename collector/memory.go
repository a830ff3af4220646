package collector

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// memory is which targets have ever answered, in a file with a name a line.
// Without it a target that failed while nobody looked would be taken for a
// wrong row in the inventory.
type memory struct {
	path string

	mu    sync.Mutex
	names []string // each once
	news  bool
}

// loadMemory reads the file. One that is missing is empty; one that cannot be
// read is an error.
func loadMemory(path string) (*memory, error) {
	m := &memory{path: path}
	if path == "" {
		return m, nil
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("which targets have answered: %w", err)
	}
	m.names = strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	return m, nil
}

func (m *memory) known() []string { return m.names }

// add takes a name that is new.
func (m *memory) add(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names, m.news = append(m.names, name), true
}

// save replaces the file whole, if there is news.
func (m *memory) save() error {
	m.mu.Lock()
	if m.path == "" || !m.news {
		m.mu.Unlock()
		return nil
	}
	names := slices.Clone(m.names)
	m.news = false
	m.mu.Unlock()
	slices.Sort(names)
	if err := writeWhole(m.path, names); err != nil {
		m.mu.Lock()
		m.news = true
		m.mu.Unlock()
		return err
	}
	return nil
}

func writeWhole(path string, lines []string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	w := bufio.NewWriter(f)
	for _, l := range lines {
		_, _ = w.WriteString(l) // Flush tells
		_ = w.WriteByte('\n')
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("save which targets have answered: %w", err)
	}
	return nil
}
