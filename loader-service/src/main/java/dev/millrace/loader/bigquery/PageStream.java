package dev.millrace.loader.bigquery;

import dev.millrace.problem.MillraceException;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;

/**
 * All rows of a table as bytes, of which one page at a time is in memory. It fails when a page after the first can't be
 * had, so that nobody takes a part for the whole. For one thread.
 */
final class PageStream extends InputStream {
    private final RowForm form;
    private final Pages pages;
    private byte[] bytes;
    private int at;
    private @Nullable String next;

    /** Where the pages after the first one come from. */
    interface Pages {
        /** @param position what the page before had as {@code next} */
        TableRows after(String position) throws InterruptedException;
    }

    PageStream(TableRows first, RowForm form, Pages pages) {
        this.form = form;
        this.pages = pages;
        byte[] head = form.head(first.columns());
        byte[] rows = form.rows(first.columns(), first.rows());
        this.bytes = new byte[head.length + rows.length];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(rows, 0, bytes, head.length, rows.length);
        this.next = first.next();
    }

    @Override
    public int read() throws IOException {
        return fill() ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, bytes.length - at);
        System.arraycopy(bytes, at, target, offset, count);
        at += count;
        return count;
    }

    private boolean fill() throws IOException {
        while (at == bytes.length) {
            if (next == null) {
                return false;
            }
            try {
                TableRows page = pages.after(next);
                bytes = form.rows(page.columns(), page.rows());
                at = 0;
                next = page.next();
            } catch (MillraceException e) {
                throw new IOException(e.detail(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return true;
    }
}
