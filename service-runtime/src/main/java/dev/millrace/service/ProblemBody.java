package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Every error that a service answers with, ours or the framework's, is a {@link Problem}. */
@Singleton
final class ProblemBody implements ErrorResponseProcessor<Problem> {
    /** Names of Java's classes, and where in its buffer a reader of JSON stood, which say nothing to a caller. */
    private static final Pattern INTERNALS =
            Pattern.compile("(?:class )?\\b(?:[a-z]\\w*\\.){2,}[A-Z][\\w$.]*|\\s*(?:at )?\\[Source: [^\\]]*\\]");

    @Override
    public MutableHttpResponse<Problem> processResponse(ErrorContext context, MutableHttpResponse<?> response) {
        HttpStatus status = status(context.getRequest(), response.status());
        return response.status(status)
                .body(Problem.of(code(status), status.getReason(), detail(context, status))
                        .withStatus(status.getCode()))
                .contentType(Problem.MEDIA_TYPE);
    }

    /** The framework says of whatever is too long that the body is. */
    private static HttpStatus status(HttpRequest<?> request, HttpStatus said) {
        Throwable cause = request instanceof NettyHttpRequest<?> received
                ? received.getNativeRequest().decoderResult().cause()
                : null;
        return switch (cause) {
            case TooLongHttpLineException _ -> HttpStatus.REQUEST_URI_TOO_LONG;
            case TooLongHttpHeaderException _ -> HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
            case null, default -> said;
        };
    }

    private static ErrorCode code(HttpStatus status) {
        return switch (status.getCode()) {
            case 401 -> ErrorCode.UNAUTHORIZED;
            case 403 -> ErrorCode.FORBIDDEN;
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 406, 415 -> ErrorCode.MEDIA_TYPE_UNSUPPORTED;
            case 413 -> ErrorCode.BODY_TOO_LARGE;
            case 429 -> ErrorCode.BUSY;
            default -> status.getCode() < 500 ? ErrorCode.REQUEST_INVALID : ErrorCode.INTERNAL;
        };
    }

    /** The framework's messages explain a 4xx; in a 5xx they may quote secrets. */
    private static String detail(ErrorContext context, HttpStatus status) {
        if (status.getCode() >= 500) {
            return "the service's log says more";
        }
        String messages = context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
        return switch (status) {
            case REQUEST_URI_TOO_LONG -> "the address is longer than this service takes";
            case REQUEST_HEADER_FIELDS_TOO_LARGE -> "the headers are longer than this service takes";
            default -> messages.isBlank() ? status.getReason() : withoutInternals(messages);
        };
    }

    private static String withoutInternals(String messages) {
        String named = messages.replaceAll(
                        "Failed to convert argument \\[(\\w+)\\] for value \\[[^]]*\\] due to: For input string: \"(.*)\"",
                        "$1: '$2' (expected: a whole number)")
                .replaceAll("Failed to convert argument \\[[^]]*\\] for value \\[[^]]*\\] due to: ", "")
                .replaceAll("Error decoding property \\[\\S+ (\\w+)\\] of type \\[[^]]*\\]: ", "$1: ")
                .replaceAll("Cannot deserialize value of type `[^`]*` due to: ", "")
                .replaceAll(" encountered during deserialization of type: .*", "");
        return INTERNALS
                .matcher(named)
                .replaceAll(found -> found.group().contains("[Source: ") ? "" : "the expected type");
    }

    /** A {@link MillraceException} knows its code. */
    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class Known implements ExceptionHandler<MillraceException, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, MillraceException exception) {
            HttpStatus status = HttpStatus.valueOf(exception.code().status());
            return HttpResponse.status(status)
                    .body(Problem.of(exception.code(), status.getReason(), exception.detail()))
                    .contentType(Problem.MEDIA_TYPE);
        }
    }
}
