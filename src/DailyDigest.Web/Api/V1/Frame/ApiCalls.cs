using System.Text;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Does a request with an <c>Idempotency-Key</c> once, and gives its answer again for 24 hours. Only success is kept: a request that was
/// refused changed nothing, and may be sent again. If the process ends between the act and the record, the same key does it again.
/// </summary>
internal sealed class ApiCalls(ApiCallStore store)
{
    public const string Header = "Idempotency-Key";
    public const string Replayed = "Idempotency-Replayed";

    private const int MaxKey = 200;

    /// <summary>Does it, or returns the answer of the first time. Null if the handler wrote its answer itself.</summary>
    /// <exception cref="ApiFaultException">It was refused, is under way, or the key was used for another request.</exception>
    public async Task<ApiCallAnswer?> OnceAsync(HttpContext context, KnownKey? key, byte[] body, Func<Task<ApiCallAnswer?>> act)
    {
        if (context.Request.Headers[Header] is not [var sent, ..] values)
        {
            return await act();
        }

        // Visible ASCII: what any client and proxy passes on as it is.
        if (values.Count > 1 || sent is not { Length: > 0 and <= MaxKey } || sent.Any(c => c is < '!' or > '~'))
        {
            throw new ApiFaultException(ApiProblem.Of(Header, "must be 1 to 200 visible ASCII characters, once"));
        }

        var call = await store.BeginAsync(key?.Id ?? "", sent, Print(context.Request, body), context.RequestAborted);
        switch (call.State)
        {
            case ApiCallState.Other:
                throw new ApiFaultException(ApiProblem.KeyReused);

            case ApiCallState.Underway:
                throw new ApiFaultException(new ApiFault(ApiProblem.Underway) { RetryAfter = TimeSpan.FromSeconds(2) });

            case ApiCallState.Done:
                context.Response.Headers[Replayed] = "true";
                return call.Answer;
        }

        return await DoAsync(call, act);
    }

    // The client may have gone: what was done is recorded all the same.
    private async Task<ApiCallAnswer?> DoAsync(ApiCall call, Func<Task<ApiCallAnswer?>> act)
    {
        ApiCallAnswer? answer;
        try
        {
            answer = await act();
        }
        catch
        {
            await store.AbandonAsync(call, CancellationToken.None);
            throw;
        }

        await (answer is null ? store.AbandonAsync(call, CancellationToken.None) : store.FinishAsync(call, answer, CancellationToken.None));
        return answer;
    }

    private static byte[] Print(HttpRequest request, byte[] body) =>
    [
        .. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{request.Headers.IfMatch}\n"), .. body,
    ];
}
