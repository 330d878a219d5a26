package dev.millrace.extractor.database;

import java.util.List;

/**
 * The reader of one row in the text format of PostgreSQL's COPY,
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS. For one thread.
 */
final class CopiedRow {
    private final List<PostgresForm> forms;
    private byte[] unescaped = new byte[1024];

    CopiedRow(List<PostgresForm> forms) {
        this.forms = forms;
    }

    /**
     * Makes a record of the row.
     *
     * @param row with its line end
     * @throws IllegalStateException when it hasn't one field for each column
     */
    void read(byte[] row, RecordBytes record) {
        int end = row.length - 1;
        if (end < 0 || row[end] != '\n') {
            throw new IllegalStateException("a copied row without its line end");
        }
        int at = 0;
        for (int column = 0; column < forms.size(); column++) {
            int start = at;
            int seen = 0;
            while (at < end && row[at] != '\t') {
                seen |= RecordBytes.SPECIAL[row[at] & 0xff];
                at++;
            }
            if (at == end && column < forms.size() - 1) {
                throw new IllegalStateException(
                        "a copied row of " + (column + 1) + " fields instead of " + forms.size());
            }
            record.field(column);
            write(row, start, at, seen, forms.get(column), record);
            at++;
        }
        if (at != end + 1) {
            throw new IllegalStateException("a copied row of more than " + forms.size() + " fields");
        }
        record.end();
    }

    /** @param seen which {@link RecordBytes#SPECIAL} bytes there are in it */
    private void write(byte[] row, int start, int end, int seen, PostgresForm form, RecordBytes record) {
        if ((seen & RecordBytes.BACKSLASH) == 0) {
            form.write(row, start, end, seen == 0, record);
        } else if (end - start == 2 && row[start + 1] == 'N') {
            record.nothing();
        } else {
            form.write(unescaped, 0, unescape(row, start, end), false, record);
        }
    }

    private int unescape(byte[] row, int start, int end) {
        if (unescaped.length < end - start) {
            unescaped = new byte[end - start];
        }
        int length = 0;
        for (int i = start; i < end; i++) {
            byte one = row[i];
            if (one == '\\') {
                i++;
                one = switch (row[i]) {
                    case 'b' -> (byte) '\b';
                    case 'f' -> (byte) '\f';
                    case 'n' -> (byte) '\n';
                    case 'r' -> (byte) '\r';
                    case 't' -> (byte) '\t';
                    case 'v' -> (byte) 0x0b;
                    default -> row[i];
                };
            }
            unescaped[length++] = one;
        }
        return length;
    }
}
