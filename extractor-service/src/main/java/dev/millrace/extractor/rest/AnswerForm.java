package dev.millrace.extractor.rest;

import dev.millrace.pipeline.format.Format;
import java.nio.file.Path;

/**
 * What answers have to be.
 *
 * @param scratch folder for what is larger than memory
 * @param unpackRatio how many times its size an archive may unpack to
 */
record AnswerForm(Format format, Path scratch, int unpackRatio) {
    /** Where markup can only be an error. */
    enum Markup {
        NONE,
        /** All but pages of HTML. */
        SOME
    }

    boolean isJson() {
        return format instanceof Format.Json;
    }

    /** The header of requests. */
    String accept() {
        return switch (format) {
            case Format.Json _ -> "application/json";
            case Format.Ndjson _ -> "application/x-ndjson, application/jsonl, */*;q=0.5";
            case Format.Csv _ -> "text/csv, */*;q=0.5";
            case Format.FixedWidth _ -> "text/plain, */*;q=0.5";
            case Format.Xml _ -> "application/xml, text/xml, */*;q=0.5";
            case Format.Excel _, Format.Parquet _, Format.Avro _, Format.Arrow _ -> throw noAnswer();
        };
    }

    /** For messages. */
    String words() {
        return switch (format) {
            case Format.Json _ -> "JSON";
            case Format.Ndjson _ -> "lines of JSON";
            case Format.Csv _ -> "CSV";
            case Format.FixedWidth _ -> "lines of fields";
            case Format.Xml _ -> "the records' XML";
            case Format.Excel _, Format.Parquet _, Format.Avro _, Format.Arrow _ -> throw noAnswer();
        };
    }

    /** A line of text may begin with anything; the page of an error begins as HTML does. */
    Markup markup() {
        return switch (format) {
            case Format.Json _, Format.Ndjson _ -> Markup.NONE;
            case Format.Csv _, Format.FixedWidth _, Format.Xml _ -> Markup.SOME;
            case Format.Excel _, Format.Parquet _, Format.Avro _, Format.Arrow _ -> throw noAnswer();
        };
    }

    private static IllegalStateException noAnswer() {
        return new IllegalStateException("no pipeline file says that answers are of such a format");
    }
}
