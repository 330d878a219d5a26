package dev.millrace.extractor.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of a server as a stream that gives up when it pauses for too long, and that can be interrupted: another
 * thread reads the socket, a few deliveries ahead. For one reader.
 */
public final class DeliveredStream extends InputStream {
    private static final int DELIVERY = 64 * 1024;
    private static final int DELIVERIES = 4;

    private final Duration pause;
    private final Runnable disconnect;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(DELIVERIES);
    private volatile boolean closed;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private boolean ended;

    /**
     * @param pause longest wait for the next bytes
     * @param disconnect called when this is closed before its end, where nobody waits for {@link #take} to notice
     */
    public DeliveredStream(Duration pause, Runnable disconnect) {
        this.pause = pause;
        this.disconnect = disconnect;
    }

    private sealed interface Event {}

    private record Delivery(ByteBuffer bytes) implements Event {}

    private record End() implements Event {}

    private record Failure(IOException cause) implements Event {}

    /** Hands on all that there is to be read, or what is read until the stream is closed. */
    public void take(InputStream socket) throws IOException, InterruptedException {
        take(socket, -1);
    }

    /**
     * The same, of as many bytes as somebody says, where a small answer needs no large buffers.
     *
     * @param expected bytes; negative: nobody knows
     */
    public void take(InputStream socket, long expected) throws IOException, InterruptedException {
        long left = expected;
        byte[] bytes = buffer(left);
        for (int read = socket.read(bytes); read >= 0 && !closed; read = socket.read(bytes)) {
            put(new Delivery(ByteBuffer.wrap(bytes, 0, read)));
            left = left < 0 ? left : Math.max(0, left - read);
            bytes = buffer(left);
        }
    }

    private static byte[] buffer(long left) {
        return new byte[left < 0 ? DELIVERY : Math.clamp(left, 1, DELIVERY)];
    }

    /** Nothing follows. */
    public void end() throws InterruptedException {
        put(new End());
    }

    /** What follows can't be read. */
    public void fail(IOException cause) throws InterruptedException {
        put(new Failure(cause));
    }

    private void put(Event event) throws InterruptedException {
        while (!closed && !events.offer(event, 1, TimeUnit.SECONDS)) {
            // whoever reads is behind, or closes the stream
        }
    }

    @Override
    public int read() throws IOException {
        return advance() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!advance()) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        return count;
    }

    /** Waits for the next bytes if it has to: 0 only at the end, as {@code Gunzip} wants it. */
    @Override
    public int available() throws IOException {
        return advance() ? buffer.remaining() : 0;
    }

    private boolean advance() throws IOException {
        while (!ended && !buffer.hasRemaining()) {
            switch (await()) {
                case Delivery(ByteBuffer delivered) -> buffer = delivered;
                case End _ -> ended = true;
                case Failure(IOException cause) -> throw cause;
            }
        }
        return !ended;
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
            closed = true;
            disconnect.run();
            events.clear();
        }
    }
}
