package dev.millrace.extractor.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An answer's body as a stream that gives up when the server pauses for too long; the JDK's waits for ever. Holds a few
 * deliveries of the client, so that it can read on meanwhile. Closing it before its end closes the connection.
 */
final class BodyStream extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
    /** Of 16 KiB each, as the client reads them. */
    private static final int DELIVERIES = 16;

    private final Duration pause;
    /** Never more than those and the end, since each is asked for. */
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private List<ByteBuffer> buffers = List.of();
    private int next;
    private boolean ended;

    /** @param pause longest wait for the next bytes */
    BodyStream(Duration pause) {
        this.pause = pause;
    }

    private sealed interface Event {}

    private record Delivery(List<ByteBuffer> buffers) implements Event {}

    private record End() implements Event {}

    private record Failure(Throwable cause) implements Event {}

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
        subscription.complete(begun);
        begun.request(DELIVERIES);
    }

    @Override
    public void onNext(List<ByteBuffer> delivered) {
        events.add(new Delivery(delivered));
    }

    @Override
    public void onError(Throwable cause) {
        events.add(new Failure(cause));
    }

    @Override
    public void onComplete() {
        events.add(new End());
    }

    @Override
    public int read() throws IOException {
        return advance() ? buffers.get(next).get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!advance()) {
            return -1;
        }
        ByteBuffer buffer = buffers.get(next);
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        return count;
    }

    /** Waits for the next bytes if it has to: 0 only at the end, as {@code Gunzip} wants it. */
    @Override
    public int available() throws IOException {
        return advance() ? buffers.get(next).remaining() : 0;
    }

    private boolean advance() throws IOException {
        while (!ended) {
            while (next < buffers.size()) {
                if (buffers.get(next).hasRemaining()) {
                    return true;
                }
                next++;
            }
            switch (await()) {
                case Delivery(List<ByteBuffer> delivered) -> {
                    buffers = delivered;
                    next = 0;
                    subscription.join().request(1);
                }
                case End _ -> ended = true;
                case Failure(Throwable cause) -> throw new IOException(cause.getMessage(), cause);
            }
        }
        return false;
    }

    private Event await() throws IOException {
        try {
            Event event = events.poll(pause.toNanos(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new HttpTimeoutException("no further bytes within " + pause.toMillis() + " ms");
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    @Override
    public void close() {
        if (!ended) {
            var _ = subscription.thenAccept(Flow.Subscription::cancel);
        }
    }
}
