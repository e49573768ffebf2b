"""What higher layers may listen to; companies knows none of them."""

from django.dispatch import Signal

# sender: Need or Offering; item_id; now. A field that matters for matching changed.
item_changed = Signal()
# sender: Need or Offering; companies; now. The same for many items: {item id: its firm's id}.
items_changed = Signal()
# sender: Need or Offering; item_id; now. The item is no longer open.
item_closed = Signal()
# sender: Company; company_id; reason; now. The firm may no longer be matched.
company_left = Signal()
# sender: Company; company; now. The association verified the firm, or renewed that.
company_verified = Signal()
# sender: Company; company_id; now. The firm takes part in matching from now on.
company_entered = Signal()
# sender: Company; company_id; now. A closed firm's data are erased: delete what hangs on it.
company_erased = Signal()
# sender: Block; company_id; blocked_id; now. The two firms are not to meet any more.
firms_parted = Signal()
# sender: ImportJob; job_id. Rows of an import are about to be deleted in this transaction: let no
# match with them be written meanwhile.
import_reverting = Signal()
# sender: ImportJob; company_ids; now. Items of these firms were deleted or set back.
import_reverted = Signal()
# sender: CompanyMerge; merge; journal; now. All that hung on the absorbed firm hangs on the
# survivor: settle what that brings about, writing through the journal.
firms_merged = Signal()
# sender: CompanyMerge; merge. May it be undone? Return [(code, how many)] of what was built on it.
merge_built_on = Signal()
# sender: CompanyMerge; merge; now. All is put back.
firms_unmerged = Signal()
