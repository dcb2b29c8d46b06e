-- Nothing to undo: a constraint that was proven stays proven until the files before take it off.
SELECT;
