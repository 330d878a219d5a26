package dev.millrace.extractor.database;

import java.util.regex.Pattern;

/** What a cursor's column counts in. Its values are kept as the server writes them, and compared by the server. */
enum CursorKind {
    NUMBER("-?[0-9]{1,500}(\\.[0-9]{1,500})?"),
    /** A day. */
    DATE("[0-9-]{8,12}( BC)?"),
    /** A date and time without a time zone. */
    LOCAL_TIME("[0-9T:. -]{8,40}( BC)?"),
    /** A moment. */
    INSTANT("[0-9TZ:. +-]{8,40}( BC)?");

    private final Pattern form;

    CursorKind(String form) {
        this.form = Pattern.compile(form);
    }

    /** Whether a text may be one of its values: all that it can hold may stand between quotes of SQL. */
    boolean mayBe(String text) {
        return form.matcher(text).matches();
    }

    boolean isTime() {
        return this != NUMBER;
    }
}
