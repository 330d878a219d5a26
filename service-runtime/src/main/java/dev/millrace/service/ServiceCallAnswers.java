package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.aop.InterceptorBean;
import io.micronaut.aop.MethodInterceptor;
import io.micronaut.aop.MethodInvocationContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.HttpMethodMapping;
import io.micronaut.http.client.exceptions.HttpClientException;
import io.micronaut.http.client.exceptions.HttpClientResponseException;
import jakarta.inject.Singleton;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Makes of what the HTTP client returns or throws what a {@link ServiceCall} promises. */
@Singleton
@InterceptorBean(ServiceCall.class)
final class ServiceCallAnswers implements MethodInterceptor<Object, Object> {
    private static final int SUCCESS = 2;

    @Override
    public @Nullable Object intercept(MethodInvocationContext<Object, Object> call) {
        try {
            Object answer = call.proceed();
            if (answer instanceof HttpResponse<?> response
                    && successful(response)
                    && response.body() == null
                    && hasBody(call)) {
                throw unreadable(call, null);
            }
            return answer;
        } catch (HttpClientResponseException e) {
            if (successful(e.getResponse())) {
                throw unreadable(call, e);
            }
            return e.getResponse();
        } catch (HttpClientException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "no answer from " + audience(call) + " at " + url(call) + ": "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage())
                            + (isUnknownHost(e) ? "; DNS doesn't know the host's name, or can't be reached" : ""),
                    e);
        } catch (RuntimeException e) {
            if (e.getCause() instanceof InterruptedException interruption) {
                boolean _ = Thread.interrupted(); // whoever catches the exception knows
                throw ServiceCallAnswers.<RuntimeException>unchecked(interruption);
            }
            throw e;
        }
    }

    private static boolean isUnknownHost(Throwable failure) {
        return failure instanceof UnknownHostException
                || (failure.getCause() != null && isUnknownHost(failure.getCause()));
    }

    private static boolean successful(HttpResponse<?> answer) {
        return answer.code() / 100 == SUCCESS;
    }

    private static Argument<?> type(MethodInvocationContext<?, ?> call) {
        return call.getReturnType().asArgument().getFirstTypeVariable().orElse(Argument.OBJECT_ARGUMENT);
    }

    private static boolean hasBody(MethodInvocationContext<?, ?> call) {
        return type(call).getType() != byte[].class;
    }

    private static MillraceException unreadable(MethodInvocationContext<?, ?> call, @Nullable Throwable cause) {
        String text = audience(call) + " answered with something else than "
                + type(call).getType().getSimpleName();
        return cause == null
                ? new MillraceException(ErrorCode.SERVICE_UNAVAILABLE, text)
                : new MillraceException(ErrorCode.SERVICE_UNAVAILABLE, text, cause);
    }

    private static String audience(MethodInvocationContext<?, ?> call) {
        return Arrays.stream(call.getParameterValues())
                .filter(Permission.class::isInstance)
                .map(Permission.class::cast)
                .map(Permission::audience)
                .findFirst()
                .orElse("a service");
    }

    /** The first parameter of each method is what its route begins with. */
    private static String url(MethodInvocationContext<?, ?> call) {
        String route = call.stringValue(HttpMethodMapping.class).orElse("");
        return call.getParameterValues()[0] + route.substring(route.indexOf('}') + 1);
    }

    /** The interceptor's interface has no checked exceptions, the clients' methods have this one. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> E unchecked(InterruptedException interruption) throws E {
        throw (E) interruption;
    }
}
