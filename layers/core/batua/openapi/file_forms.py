"""JSON files for other programs, which come without our envelope: what the tax portals take.

They are described here rather than by models, which the functions would import for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..api.endpoint import FileForm

_EINVOICE = {
    "Version": "1.1",
    "TranDtls": {"TaxSch": "GST", "SupTyp": "B2B", "RegRev": "N", "IgstOnIntra": "N"},
    "DocDtls": {"Typ": "INV", "No": "INV/2627/000001", "Dt": "05/11/2026"},
    "SellerDtls": {
        "Gstin": "29AAGCB7383J1Z4",
        "LglNm": "Batua Labs LLP",
        "Addr1": "1 MG Road",
        "Loc": "Bengaluru",
        "Pin": 560001,
        "Stcd": "29",
    },
    "BuyerDtls": {
        "Gstin": "27AAPFU0939F1ZV",
        "LglNm": "Shree Traders",
        "Addr1": "2 Fort",
        "Loc": "Mumbai",
        "Pin": 400001,
        "Stcd": "27",
        "Pos": "27",
    },
    "ItemList": [
        {
            "SlNo": "1",
            "PrdDesc": "Platform fee, November 2026",
            "IsServc": "Y",
            "HsnCd": "998313",
            "Qty": 1,
            "Unit": "OTH",
            "UnitPrice": 1000,
            "TotAmt": 1000,
            "AssAmt": 1000,
            "GstRt": 18,
            "IgstAmt": 180,
            "CgstAmt": 0,
            "SgstAmt": 0,
            "TotItemVal": 1180,
        }
    ],
    "ValDtls": {"AssVal": 1000, "CgstVal": 0, "SgstVal": 0, "IgstVal": 180, "TotInvVal": 1180},
}

FILE_FORMS: Final[Mapping[FileForm, dict[str, Any]]] = {
    "einvoice": {
        "type": "array",
        "description": "One INV-01 document, version 1.1, as the National Informatics Centre publishes its schema. "
        "Amounts are in rupees.",
        "minItems": 1,
        "maxItems": 1,
        "items": {
            "type": "object",
            "required": ["Version", "TranDtls", "DocDtls", "SellerDtls", "BuyerDtls", "ItemList", "ValDtls"],
        },
        "examples": [[_EINVOICE]],
    },
    "gstr1": {
        "type": "object",
        "description": "GSTR-1 of a month, as the GST portal's offline tool imports it: a section for each table "
        "that has documents. Amounts are in rupees, `fp` is the month as MMYYYY.",
        "required": ["gstin", "fp", "version"],
        "examples": [
            {
                "gstin": "29AAGCB7383J1Z4",
                "fp": "112026",
                "version": "GST3.2",
                "b2b": [
                    {
                        "ctin": "27AAPFU0939F1ZV",
                        "inv": [
                            {
                                "inum": "INV/2627/000001",
                                "idt": "05-11-2026",
                                "val": 1180,
                                "pos": "27",
                                "rchrg": "N",
                                "inv_typ": "R",
                                "itms": [{"num": 1, "itm_det": {"rt": 18, "txval": 1000, "iamt": 180}}],
                            }
                        ],
                    }
                ],
            }
        ],
    },
}
"""A list of one INV-01 document, the form in which portals take an upload; and a month's GSTR-1."""
