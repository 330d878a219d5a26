package dev.millrace.extractor.rest;

import dev.millrace.extractor.format.Archive;
import dev.millrace.extractor.format.DamagedPacking;
import dev.millrace.extractor.format.Packing;
import dev.millrace.extractor.record.DeclaredText;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.extractor.record.TooLarge;
import dev.millrace.extractor.record.Utf8Stream;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/** The bodies of answers that are no errors, unpacked and in the encoding of their format. For use by several threads. */
final class AnswerBodies {
    private static final int PEEKED = 16 * 1024;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*\"?([^\\s;\"]+)");
    private static final Pattern HTML =
            Pattern.compile("(?is)[\\s\uFEFF]*(<!--.*?-->\\s*)*<(!doctype\\s+html|html)\\b.*");

    private final Exchange exchange;
    private final RunSecrets secrets;
    private final TaskContext context;
    private final AnswerForm form;
    private final AtomicBoolean saidUtf8 = new AtomicBoolean();

    AnswerBodies(Exchange exchange, RunSecrets secrets, TaskContext context, AnswerForm form) {
        this.exchange = exchange;
        this.secrets = secrets;
        this.context = context;
        this.form = form;
    }

    <T> T read(HttpResponse<InputStream> answer, String shown, Api.AnswerReader<T> reader) throws InterruptedException {
        try (BufferedInputStream body = Packing.buffered(exchange.decoded(answer, shown))) {
            Packing packing = Packing.of(body);
            return switch (packing) {
                case GZIP, BZIP2, ZSTD, XZ ->
                    unpacked(answer, shown, Packing.buffered(Packing.unpacked(body, null)), reader);
                case ZIP -> onlyFile(answer, shown, body, reader);
                case NONE, TAR, SEVEN_ZIP, PARQUET, AVRO, ORC, ARROW -> unpacked(answer, shown, body, reader);
            };
        } catch (MalformedSource e) {
            throw malformed(shown, e, "");
        } catch (CharConversionException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, shown + ": " + e.getMessage(), e);
        } catch (EOFException | ZipException e) {
            throw new TemporaryFailure(
                    ErrorCode.SOURCE_MALFORMED, shown + ": the gzip data is damaged or cut off", null, e);
        } catch (DamagedPacking e) {
            throw new TemporaryFailure(ErrorCode.SOURCE_MALFORMED, shown + ": " + e.getMessage(), null, e);
        } catch (TooLarge e) {
            throw new MillraceException(ErrorCode.SOURCE_UNREADABLE, shown + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw exchange.failure(e, shown);
        }
    }

    private RuntimeException malformed(String shown, MalformedSource failure, String start) {
        String detail = shown + ": " + secrets.mask(failure.detail()) + start;
        return failure.isCutOff()
                ? new TemporaryFailure(ErrorCode.SOURCE_MALFORMED, detail, null, failure)
                : new MillraceException(ErrorCode.SOURCE_MALFORMED, detail, failure); // another answer may be otherwise
    }

    /** Of a zip archive. */
    private <T> T onlyFile(HttpResponse<InputStream> answer, String shown, InputStream body, Api.AnswerReader<T> reader)
            throws IOException, MalformedSource, InterruptedException {
        List<T> read = new ArrayList<>();
        List<String> names = new ArrayList<>();
        new Archive(form.scratch(), form.unpackRatio(), _ -> true, (name, in) -> {
                    names.add(name);
                    if (names.size() > 1) {
                        throw new MalformedSource("the answer is a zip archive with several files, among them '"
                                + String.join("' and '", names) + "' (expected: one)");
                    }
                    read.add(unpacked(answer, shown, Packing.buffered(in), reader));
                })
                .read(body);
        if (read.isEmpty()) {
            throw new MalformedSource("the answer is a zip archive without a file (expected: one)");
        }
        return read.getFirst();
    }

    private <T> T unpacked(
            HttpResponse<InputStream> answer, String shown, BufferedInputStream body, Api.AnswerReader<T> reader)
            throws IOException {
        body.mark(PEEKED);
        byte[] start = body.readNBytes(PEEKED);
        body.reset();
        try {
            boolean empty = start.length == 0 && (answer.statusCode() == 204 || answer.statusCode() == 202);
            if (empty) {
                return reader.read(head(answer), null);
            }
            if (!form.isJson()) {
                refusePacked(Packing.of(body));
                refuseMarkup(start, shown);
                return reader.read(head(answer), body);
            }
            String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
            if (type.contains("html") || type.contains("xml") || isMarkup(start)) {
                String quoted = exchange.quote(start);
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        shown + ": HTML or XML instead of JSON" + (quoted.isEmpty() ? "" : ": " + quoted));
            }
            Charset declared = declared(type, shown);
            if (declared == null || hasZeros(start)) {
                return reader.read(
                        head(answer), declared == null ? body : new Utf8Stream(new StrictReader(body, declared)));
            }
            try (DeclaredText text = DeclaredText.of(body, declared, form.scratch())) {
                if (text.isUtf8() && saidUtf8.compareAndSet(false, true)) {
                    context.info(
                            shown + ": the content type says " + declared.name().toLowerCase(Locale.ROOT)
                                    + ", but the bytes are UTF-8, as JSON has to be (RFC 8259), and are read so");
                }
                return reader.read(head(answer), text.stream());
            }
        } catch (MalformedSource e) {
            throw malformed(shown, e, "; the answer starts with: " + exchange.quote(start));
        }
    }

    private static void refusePacked(Packing packing) throws MalformedSource {
        if (packing != Packing.NONE) {
            throw new MalformedSource("the answer is " + packing.words()
                    + ", which is not unpacked (expected: text, gzip, bzip2, zstd, xz or a zip archive with one file)");
        }
    }

    /** Pages of HTML, and of other formats than XML whatever looks like it. */
    private void refuseMarkup(byte[] start, String shown) {
        String text = new String(start, StandardCharsets.UTF_8);
        boolean refused = switch (form.markup()) {
            case NONE -> isMarkup(start);
            case SOME -> HTML.matcher(text).matches();
        };
        if (refused) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    shown + ": HTML or XML instead of " + form.words() + ": " + exchange.quote(start));
        }
    }

    private static boolean isMarkup(byte[] start) {
        int at = 0;
        while (at < start.length && start[at] <= ' ' && start[at] >= 0) {
            at++;
        }
        return at < start.length && start[at] == '<';
    }

    static Page.Head head(HttpResponse<InputStream> answer) {
        return new Page.Head(answer.uri(), answer.statusCode(), answer.headers());
    }

    /** UTF-16 and UTF-32, in which every character of JSON's syntax has bytes that are zero. */
    private static boolean hasZeros(byte[] start) {
        for (int i = 0; i < Math.min(4, start.length); i++) {
            if (start[i] == 0) {
                return true;
            }
        }
        return false;
    }

    /** Null for UTF-8, which is taken byte for byte: what is none in a record is that record's problem. */
    private static @Nullable Charset declared(String type, String shown) {
        Matcher matcher = CHARSET.matcher(type);
        String name = matcher.find() ? matcher.group(1) : "utf-8";
        if (name.equals("utf-8") || name.equals("utf8") || name.equals("us-ascii")) {
            return null;
        }
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, shown + ": unknown charset in the content type '" + type + "'", e);
        }
    }
}
