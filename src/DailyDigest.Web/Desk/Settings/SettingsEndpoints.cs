using DailyDigest.Accounts;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The settings with the place where each was set, and the report of doctor on demand.</summary>
internal sealed class SettingsEndpoints(ListSettings list, TimeProvider time, ExamineProgram? examine = null)
{
    // Below the timeout of a request. The checks that were done by then are shown.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/settings", Permission.SeeSettings, request => ShowAsync(request, null, isComplete: true));
        routes.Post("/desk/settings/doctor", Permission.SeeSettings, ExamineAsync);
    }

    private Task ShowAsync(DeskRequest request, IReadOnlyList<ExaminedPart>? parts, bool isComplete) =>
        request.PageAsync<SettingsPage>(
            ("Settings", list.Execute()), ("Parts", parts), ("IsComplete", isComplete), ("CanExamine", examine is not null));

    /// <summary>POST /desk/settings/doctor: reads every feed once and tries the relay up to the login; sends no mail.</summary>
    private async Task ExamineAsync(DeskRequest request)
    {
        if (examine is null)
        {
            await ShowAsync(request, [], isComplete: false);
            return;
        }

        var parts = new List<ExaminedPart>();
        using var timeout = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, request.Cancellation);
        var isComplete = true;
        try
        {
            await examine(parts.Add, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !request.Cancellation.IsCancellationRequested)
        {
            isComplete = false;
        }

        await ShowAsync(request, parts, isComplete);
    }
}
