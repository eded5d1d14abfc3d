using DailyDigest.Subscribers;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The front page and what its form posts to.</summary>
internal sealed class SignUpEndpoints(PageRenderer pages, SignUp signUp, HumanCheck check, LatestDigest latest, AddressHash hash)
{
    /// <summary>GET /</summary>
    public Task ShowAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, pages.View(context), null, null);

    /// <summary>POST /signup</summary>
    public async Task PostAsync(HttpContext context)
    {
        var form = await RequestBody.FormAsync(context.Request);
        var view = pages.View(context, posted: form.One("lang"));
        var email = form.One("email");
        if (!string.IsNullOrEmpty(form.One("website")))
        {
            // No person sees that field. What filled it in learns nothing from the answer.
            Accepted(context, view);
            return;
        }

        if (!EmailAddress.TryParse(email, out _))
        {
            await WriteAsync(context, StatusCodes.Status422UnprocessableEntity, view, email, "Email");
            return;
        }

        var answer = await check.VerifyAsync(form.One("check"), form.One("answer"), context.RequestAborted);
        if (answer != HumanAnswer.Right)
        {
            await WriteAsync(context, StatusCodes.Status422UnprocessableEntity, view, email, answer == HumanAnswer.Wrong ? "Sum" : "Expired");
            return;
        }

        await signUp.ExecuteAsync(
            new SignUpRequest(email, "page", view.Language, NetworkHash: hash.OfNetwork(context.Connection.RemoteIpAddress)), context.RequestAborted);
        Accepted(context, view);
    }

    /// <summary>GET /check-your-inbox</summary>
    public Task CheckInboxAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status200OK, pages.View(context), "Inbox", "/digests", "Archive.Nav");

    private static void Accepted(HttpContext context, View view)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = view.Link("/check-your-inbox");
        context.Response.ContentLength = 0;
    }

    private async Task WriteAsync(HttpContext context, int status, View view, string? email, string? fault) => await pages.WriteAsync<SignUpPage>(
        context, status, view,
        ("Question", check.Create()), ("Email", email is { Length: <= 254 } ? email : null), ("Fault", fault),
        ("Latest", await latest.GetAsync(context.RequestAborted)));
}
