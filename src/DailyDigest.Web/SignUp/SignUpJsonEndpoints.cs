using System.Text.Json;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// /signup.json: GET returns a question, POST signs up a reader with its answer or with one of <c>Api__Keys</c>. It reveals no more than
/// the page. Browsers may call it from <c>SignUp__Origins</c> (Fetch standard, CORS), never with credentials or a key.
/// </summary>
internal sealed class SignUpJsonEndpoints(
    AdmitSignUp admit, HumanCheck check, SignUpRush rush, ClientNetwork network, PageRenderer pages, ApiKeyCheck keys,
    SignUpOptions options, OwnOrigin own, Publication publication)
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/signup.json";

    /// <summary>Answers GET, HEAD, POST and OPTIONS.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.Vary = "Origin, Accept-Language";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && options.Allows(origin))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = "Retry-After";
            headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }
        else if ((origin.Length > 0 || HttpMethods.IsPost(request.Method)) && !own.Allows(request))
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "This origin is not one of SignUp__Origins.");
            return;
        }

        await (request.Method switch
        {
            "OPTIONS" => PreflightAsync(context),
            "POST" => PostAsync(context),
            _ => QuestionAsync(context),
        });
    }

    private static Task PreflightAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = "GET, HEAD, POST, OPTIONS";
        if (context.Response.Headers.AccessControlAllowOrigin.Count > 0)
        {
            context.Response.Headers.AccessControlAllowMethods = "GET, POST";
            context.Response.Headers.AccessControlAllowHeaders = "Content-Type";
            context.Response.Headers.AccessControlMaxAge = "600";
        }

        return Task.CompletedTask;
    }

    private async Task QuestionAsync(HttpContext context)
    {
        var (view, question) = (pages.View(context), check.Create(await rush.IsOnAsync(context.RequestAborted)));
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new
        {
            check = question.Token,
            text = SumText.Words(view, question),
            sum = SumText.Digits(question),
            workBits = question.IsHard ? HumanCheck.WorkBits : 0,
            language = view.Language,
            consent = view.Texts["Consent", publication.Name],
            expiresInSeconds = (int)HumanCheck.Lifetime.TotalSeconds,
        });
    }

    private async Task PostAsync(HttpContext context)
    {
        var byKey = ApiKeyCheck.HasHeader(context.Request);
        if (byKey && await keys.RequireAsync(context, ApiScopes.SignUp) is null)
        {
            return;
        }

        if (await RequestBody.JsonAsync(context) is not { } body)
        {
            return;
        }

        if (Read(body) is not { } fields)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body must be a JSON object of the documented shape.");
            return;
        }

        if (!string.IsNullOrEmpty(fields.Website))
        {
            await AcceptedAsync(context);
            return;
        }

        var admission = await admit.ExecuteAsync(
            new SignUpRequest(
                fields.Email, "json", fields.Language ?? pages.View(context).Language, fields.Zone, fields.Hour,
                NetworkHash: byKey ? null : network.Hash(context)),
            byKey ? SignUpProof.Key : SignUpProof.Solved(
                fields.Check, fields.AnswerText, network.Budgets(context), fields.WorkText), context.RequestAborted);
        if (admission.Outcome == AdmitOutcome.TooMany)
        {
            SignUpEndpoints.SetRetryAfter(context, admission);
        }

        await (admission.Outcome switch
        {
            AdmitOutcome.Accepted => AcceptedAsync(context),
            AdmitOutcome.NotAnAddress => InvalidAsync(context, "That is not an e-mail address.", "email: not an address"),
            AdmitOutcome.OwnAddress => InvalidAsync(
                context, "That is the publication's own address.", "email: the publication's own address"),
            AdmitOutcome.WrongAnswer => InvalidAsync(context, "That is not the sum.", "answer: not the sum"),
            AdmitOutcome.Harder => InvalidAsync(
                context, "A harder question must be answered.", "check: a harder one is needed", "GET /signup.json returns it."),
            AdmitOutcome.NoCheck => InvalidAsync(
                context, "An answered question is needed.", "check: missing or too old", "GET /signup.json returns a new one."),
            AdmitOutcome.Used => InvalidAsync(
                context, "This question was used for another address.", "check: used", "GET /signup.json returns a new one."),
            AdmitOutcome.TooFast => InvalidAsync(
                context, "The answer came too quickly.", "check: answered too quickly", "Send the same answer again in a few seconds."),
            AdmitOutcome.TooMany => Problem.WriteAsync(
                context, StatusCodes.Status429TooManyRequests, "Too many sign-ups.", "Retry-After is the number of seconds to wait."),
            _ => throw new InvalidOperationException("Unknown outcome."),
        });
    }

    private static Task InvalidAsync(HttpContext context, string title, string fault, string? detail = null) =>
        Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, title, detail, [fault]);

    private static Task AcceptedAsync(HttpContext context) =>
        Problem.WriteJsonAsync(context, StatusCodes.Status202Accepted, new { status = "accepted" });

    private static SignUpFields? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<SignUpFields>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // The caller answers, without the exception's text: it may quote the body.
            return null;
        }
    }

    /// <summary>The body. A zone, hour or language that does not exist counts as missing.</summary>
    private sealed record SignUpFields(
        string? Email, string? Check, JsonElement Answer, JsonElement Work, string? Zone, int? Hour, string? Language, string? Website)
    {
        /// <summary>The answer, sent as a JSON number or string.</summary>
        public string? AnswerText => TextOf(Answer);

        /// <summary>The work, sent likewise.</summary>
        public string? WorkText => TextOf(Work);

        private static string? TextOf(JsonElement value) =>
            value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.GetRawText().Trim('"') : null;
    }
}
