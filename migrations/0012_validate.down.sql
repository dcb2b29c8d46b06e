-- Nothing to undo: a constraint that was proven stays proven until the file before takes it off.
SELECT;
