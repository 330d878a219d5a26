package dev.millrace.gateway.api;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;

/** Work for a caller, which ends when that has gone. */
final class WhileConnected {
    private WhileConnected() {}

    /** What is done for the caller. */
    interface Work<T> {
        T run() throws InterruptedException;
    }

    /**
     * Does the work, which is interrupted once the connection of the request is closed.
     *
     * @param request as a controller gets it
     * @throws MillraceException once the work was interrupted so; nobody is there to read it
     * @throws InterruptedException when the service ends
     */
    static <T> T run(HttpRequest<?> request, Work<T> work) throws InterruptedException {
        if (!(request instanceof NettyHttpRequest<?> connected)) {
            throw new IllegalArgumentException("not a request of a connection: " + request.getClass());
        }
        Interruption interruption = new Interruption(Thread.currentThread());
        ChannelFuture closed = connected.getChannelHandlerContext().channel().closeFuture();
        closed.addListener(interruption);
        try {
            return work.run();
        } catch (InterruptedException e) {
            if (closed.isDone()) {
                throw new MillraceException(ErrorCode.QUERY_FAILED, "the caller has closed the connection", e);
            }
            throw e;
        } finally {
            interruption.end();
            closed.removeListener(interruption);
        }
    }

    /** Interrupts a thread as long as it does the work, and never later. */
    private static final class Interruption implements ChannelFutureListener {
        private final Thread thread;
        private boolean ended;

        Interruption(Thread thread) {
            this.thread = thread;
        }

        @Override
        public synchronized void operationComplete(ChannelFuture closed) {
            if (!ended) {
                thread.interrupt();
            }
        }

        synchronized void end() {
            ended = true;
        }
    }
}
