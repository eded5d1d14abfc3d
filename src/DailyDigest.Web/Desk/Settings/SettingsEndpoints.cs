using DailyDigest.Accounts;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The settings with the place where each was set, and the report of doctor on demand.</summary>
internal sealed class SettingsEndpoints(ListSettings list, Examination examination)
{
    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/settings", Permission.SeeSettings, request => ShowAsync(request, null, isComplete: true));
        routes.Post("/desk/settings/doctor", Permission.SeeSettings, ExamineAsync);
    }

    private Task ShowAsync(DeskRequest request, IReadOnlyList<ExaminedPart>? parts, bool isComplete) =>
        request.PageAsync<SettingsPage>(
            ("Settings", list.Execute()), ("Parts", parts), ("IsComplete", isComplete), ("CanExamine", examination.IsPossible));

    /// <summary>POST /desk/settings/doctor: reads every feed once and tries the relay up to the login; sends no mail.</summary>
    private async Task ExamineAsync(DeskRequest request)
    {
        var (parts, isComplete) = await examination.ExecuteAsync(request.Cancellation);
        await ShowAsync(request, parts, isComplete);
    }
}
