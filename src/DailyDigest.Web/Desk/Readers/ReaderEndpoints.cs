using DailyDigest.Accounts;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The list of readers, the search for one, and the page of one. An address is never a part of a URL.</summary>
internal sealed class ReaderEndpoints(
    PageSubscribers list, LookUpReader look, ShowReader show, ChangePreferences preferences, AuditLog audit)
{
    private const int PerPage = 50;
    private const int MaxChanges = 50;

    // An address has at most 254 characters.
    private const int MaxTyped = 254;

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/readers", Permission.SeeReaders, request => ListAsync(request, StatusCodes.Status200OK));
        routes.Post("/desk/readers/find", Permission.SeeReaders, FindAsync);
        routes.Get("/desk/readers/{id}", Permission.SeeReaders, request => ShowAsync(request, StatusCodes.Status200OK));
    }

    /// <summary>GET /desk/readers?status=NAME&amp;after=ID</summary>
    /// <param name="request">The request.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="fault">A text about the form that was sent; null for none.</param>
    /// <param name="suppressed">The reason why the address that was looked for is suppressed.</param>
    public async Task ListAsync(DeskRequest request, int status, string? fault = null, Suppression? suppressed = null)
    {
        var wanted = Enum.TryParse<SubscriberStatus>(request.Query("status"), ignoreCase: true, out var parsed)
            && parsed is >= SubscriberStatus.Pending and < SubscriberStatus.Erased ? parsed : (SubscriberStatus?)null;
        var page = await list.ExecuteAsync(wanted, request.Query("after"), PerPage, request.Cancellation);
        var typed = request.Form.Value("reader") is { Length: <= MaxTyped } text ? text : null;
        await request.PageAsync<ReadersPage>(
            status, ("Page", page), ("Status", wanted), ("Fault", fault), ("Suppressed", suppressed),
            ("IsFirst", request.Query("after") is null), ("Typed", typed));
    }

    /// <summary>GET /desk/readers/{id}</summary>
    public async Task ShowAsync(DeskRequest request, int status, string? act = null, ReaderActOutcome? fault = null)
    {
        if (await show.ExecuteAsync(request.Route("id"), request.Cancellation) is not { } file)
        {
            await NotFoundAsync(request);
            return;
        }

        await request.PageAsync<ReaderPage>(
            status, ("File", file), ("Sections", preferences.SectionsFor(file.Person)), ("Act", act), ("Fault", fault),
            ("Changes", await audit.ListOfAsync(file.Person.Id, MaxChanges, request.Cancellation)));
    }

    public static Task NotFoundAsync(DeskRequest request) =>
        request.MessageAsync(StatusCodes.Status404NotFound, "Readers.None", "/desk/readers", "Readers.Title");

    /// <summary>POST /desk/readers/find: leads to the reader with this address, id or beginning of an id.</summary>
    private async Task FindAsync(DeskRequest request)
    {
        var found = await look.ExecuteAsync(request.Form.Value("reader"), request.Cancellation);
        await (found switch
        {
            { Id: { } id } => request.RedirectAsync("/desk/readers/" + id),
            { IsUnderstood: false } => ListAsync(request, StatusCodes.Status422UnprocessableEntity, "Readers.NotUnderstood"),
            { IsAmbiguous: true } => ListAsync(request, StatusCodes.Status422UnprocessableEntity, "Readers.Ambiguous"),
            _ => ListAsync(request, StatusCodes.Status404NotFound, "Readers.NotFound", found.Suppressed),
        });
    }
}
