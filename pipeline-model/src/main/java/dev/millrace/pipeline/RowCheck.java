package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;

/**
 * A condition that every row has to meet.
 *
 * @param expression scalar SQL of type BOOLEAN over the columns; a row for which it isn't true, so false or NULL, is
 *     rejected
 */
@Serdeable
@Doc("A condition that every row has to meet; a row that doesn't is rejected.")
public record RowCheck(
        @Doc("Name of the check, for the reason of a reject.")
        String name,

        @Doc("Scalar SQL over the columns that has to be true, for example amount > 0.")
        String expression) {
    public RowCheck {
        Checks checks = new Checks();
        checks.that(
                name.matches("[A-Za-z0-9][A-Za-z0-9 _-]{0,99}"),
                "name",
                name,
                "up to 100 letters, digits, blanks, _ and -");
        checks.done();
    }
}
